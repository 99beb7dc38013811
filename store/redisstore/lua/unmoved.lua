-- Forgets where a chat lived, at once with the end of its being forgotten, unless
-- that has ended: KEYS moved, moving; ARGV its field, what it is, chat.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'OK' end
redis.call('HDEL', KEYS[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
return 'OK'
