-- Reads items: KEYS items; ARGV their numbers.
local out = {}
for i, seq in ipairs(ARGV) do
  out[i] = redis.call('HGET', KEYS[1], seq)
end
return out
