-- Takes or renews a role: KEYS lease, epoch; ARGV process, for how long (ms).
-- Returns the epoch, 0 when another process has it, and whether it is new.
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[1] then return { 0, 0 } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if has then return { tonumber(redis.call('GET', KEYS[2]) or '0'), 0 } end
return { redis.call('INCR', KEYS[2]), 1 }
