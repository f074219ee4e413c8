kids
