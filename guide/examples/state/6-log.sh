grep login_failed consumer.log
