-- Enters a migration's result into the directory, at once with its end, unless it
-- has ended: KEYS moved, moving; ARGV its field, what it is, old chat, new chat,
-- where that lives: its shard, or nothing for its home.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'OK' end
redis.call('HDEL', KEYS[1], ARGV[3])
if ARGV[5] == '' then
  redis.call('HDEL', KEYS[1], ARGV[4])
else
  redis.call('HSET', KEYS[1], ARGV[4], ARGV[5])
end
redis.call('HDEL', KEYS[2], ARGV[1])
return 'OK'
