-- Forgets where a chat lives: KEYS moved; ARGV chat.
redis.call('HDEL', KEYS[1], ARGV[1])
return 'OK'
