-- Takes items in: KEYS seq, items, log, at, ids, seen;
-- ARGV now (ms), now (8 bytes), how the record of a quiet item ends, then id key,
-- digest and record of each item.
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local out = {}
local function quiet(record) return record:sub(-#ARGV[3]) == ARGV[3] end
for i = 4, #ARGV, 3 do
  local key, digest, record = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local was = call('HGET', KEYS[5], key)
  local seq, verdict, old
  if not was then
    seq, verdict = call('INCR', KEYS[1]), 1
  else
    seq, verdict = unpack('>I8', was), 3
    if was:sub(17) == digest then verdict = 2 end
  end
  local field = string.format('%.0f', seq)
  if verdict == 3 then old = call('HGET', KEYS[2], field) end
  if old and quiet(record) and not quiet(old) then
    verdict, digest = 2, was:sub(17)
  end
  call('HSET', KEYS[5], key, pack('>I8', seq) .. ARGV[2] .. digest)
  call('ZADD', KEYS[6], ARGV[1], key)
  if verdict == 1 then
    call('HSET', KEYS[2], field, record)
    call('ZADD', KEYS[3], field, field)
    call('ZADD', KEYS[4], ARGV[1], pack('>I8', seq))
  elseif verdict == 3 and old and #old > 9 and old:byte(1) == record:byte(1) then -- not what is damaged, or a newer rasid's
    call('HSET', KEYS[2], field, old:sub(1, 9) .. record:sub(10))
  end
  out[#out + 1] = verdict
  out[#out + 1] = seq
end
return out
