poll | python -m json.tool
