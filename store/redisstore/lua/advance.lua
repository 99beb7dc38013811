-- Stores how far intake is, the cursor only forward: KEYS cursor, epoch, what is
-- ahead of it; ARGV cursor, epoch, what is ahead of it ('' for nothing, which is
-- stored, too: a key that is not there holds a script up while its slot moves).
if tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'FENCED'
end
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
end
if redis.call('GET', KEYS[3]) ~= ARGV[3] then
  redis.call('SET', KEYS[3], ARGV[3])
end
return 'OK'
