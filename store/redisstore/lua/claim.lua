-- Begins a copy where nothing is, or goes on with it: KEYS schema, copy, name;
-- ARGV the version of a new store, its name, the name of its source. Returns the
-- name of the store whose copy it is; '': it is none.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[2], ARGV[3])
  redis.call('SET', KEYS[3], ARGV[2])
end
return redis.call('GET', KEYS[2]) or ''
