CSRF=$(sed -n 's/.*name="csrf_token" value="\([^"]*\)".*/\1/p' home.html | head -1)
start() { curl -si -b cookies -c cookies -d csrf_token="$CSRF" "http://127.0.0.1:5002/login/$1" | tr -d '\r' | sed -n 's/^Location: //p'; }
