python -m webbrowser "$(field device.json verification_uri_complete)"
