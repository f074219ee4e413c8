"""The pages of the authorization server."""

from django.views.generic import TemplateView

from shared_validator.django.views import Visitor, to_request


class ConsentView(TemplateView):
    """Show the flow's question to the user. The flow raises every other response."""

    flow = None

    def get_context_data(self, **kwargs):
        question = self.flow.ask(to_request(self.request), Visitor(self.request))
        return super().get_context_data(question=question, **kwargs)

    def post(self, request):
        return self.get(request)
