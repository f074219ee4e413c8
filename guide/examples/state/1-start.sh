APP=http://127.0.0.1:5002
curl -s -c cookies "$APP/" > home.html
CSRF=$(sed -n 's/.*name="csrf_token" value="\([^"]*\)".*/\1/p' home.html | head -1)
start() { curl -si -b cookies -c cookies -d csrf_token="$CSRF" "$APP/login/github" | sed -n 's/.*[?&]state=\([^&]*\).*/\1/p'; }
sentence() { sed -n 's:.*<p class="lead detail">\(.*\)</p>.*:\1:p'; }
