-- Opens the store, or makes a new one: KEYS schema, copy, name; ARGV the
-- version of a new one, its name, '1' to make none. Returns the version, and the
-- name of the store whose copy it is to become.
if ARGV[3] ~= '1' and redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[3], ARGV[2])
end
return { redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or '' }
