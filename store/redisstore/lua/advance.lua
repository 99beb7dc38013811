-- Moves the cursor forward: KEYS cursor, epoch; ARGV item, epoch.
if tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'FENCED'
end
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
end
return 'OK'
