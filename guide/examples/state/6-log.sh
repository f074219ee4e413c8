grep "sign-in failed" consumer.log
