# Takes the URL of a provider, a client and its secret; prints status, content type and body of each response as a line of JSON.
use strict;
use warnings;

use HTTP::Request::Common qw(GET POST);
use JSON::PP;
use LWP::UserAgent;

my ($url, $client, $secret) = @ARGV;
my $agent = LWP::UserAgent->new(timeout => 20);

sub show {
    my ($response) = @_;
    my ($type) = $response->content_type;
    print encode_json({status => $response->code + 0, type => $type, body => $response->content}), "\n";
    return $response;
}

# Without a body, LWP sends neither Content-Length nor Transfer-Encoding (RFC 9112 section 6.3: the body is empty).
show($agent->request(HTTP::Request->new(POST => "$url/oauth2/token")));

my $request = POST("$url/oauth2/token", [grant_type => 'client_credentials', scope => 'notes:read']);
$request->authorization_basic($client, $secret);
my $token = decode_json(show($agent->request($request))->content)->{access_token};

show($agent->request(GET("$url/api/notes", Authorization => "Bearer $token")));
