curl -s -c cookies http://127.0.0.1:5002/ > home.html
grep -o 'action="/login/[^"]*"' home.html
