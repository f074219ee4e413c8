poll | tee token.json | python -m json.tool
