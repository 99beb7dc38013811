-- Makes a copy an ordinary store: KEYS copy.
redis.call('DEL', KEYS[1])
return 'OK'
