token "$OLD_SECRET"
token "$NEW_SECRET"
