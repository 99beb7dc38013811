-- Tells a shard the newest epoch of intake: KEYS intake; ARGV epoch.
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
end
return 'OK'
