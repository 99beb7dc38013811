-- Enters a migration's result into the directory, at once with its end:
-- KEYS moved, moving; ARGV old chat, new chat, where that lives: its shard, or
-- nothing for its home.
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
redis.call('HDEL', KEYS[2], ARGV[1])
return 'OK'
