-- Takes items in: KEYS seq, items, log, at, ids, seen;
-- ARGV now (ms), now (8 bytes), how the record of a quiet item ends, then id key,
-- digest, record and feed of each item.
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local out, ends = {}, ARGV[3]
local function quiet(record) return record:sub(-#ends) == ends end
local function feedof(record) return record:match('"fd":"([^"]*)",' .. ends .. '$') or '' end
local function tail(feed) return (feed == '' and ',' or ',"fd":"' .. feed .. '",') .. ends end
-- A record as that of a quiet item that a feed held; '': several.
local function hushed(record, feed)
  local rest = quiet(record) and #tail(feedof(record)) or 2
  return record:sub(1, -rest - 1) .. tail(feed)
end
for i = 4, #ARGV, 4 do
  local key, digest, record, feed = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local was, seq, verdict, old = call('HGET', KEYS[5], key), 0, 1, false
  if was then
    seq, verdict = unpack('>I8', was), 3
    if was:sub(17) == digest then verdict = 2 end
    old = call('HGET', KEYS[2], string.format('%.0f', seq))
  end
  local whole = old and #old > 9 and old:byte(1) == record:byte(1) -- not what is damaged, or a newer rasid's
  local write = verdict == 3 and whole
  if old and quiet(record) and not quiet(old) then
    verdict, digest, write = 2, was:sub(17), false
  elseif whole and quiet(old) then -- see record.Meet
    local held = feedof(old)
    if not quiet(record) then
      if held ~= '' and held ~= feed then verdict = 1 end
      if verdict ~= 1 then record = hushed(record, held) end
    elseif held ~= feed then
      record, write = hushed(record, ''), write or held ~= ''
    end
  end
  if verdict == 1 then seq = call('INCR', KEYS[1]) end
  local field = string.format('%.0f', seq)
  call('HSET', KEYS[5], key, pack('>I8', seq) .. ARGV[2] .. digest)
  call('ZADD', KEYS[6], ARGV[1], key)
  if verdict == 1 then
    call('HSET', KEYS[2], field, record)
    call('ZADD', KEYS[3], field, field)
    call('ZADD', KEYS[4], ARGV[1], pack('>I8', seq))
  elseif write then
    call('HSET', KEYS[2], field, old:sub(1, 9) .. record:sub(10))
  end
  out[#out + 1] = verdict
  out[#out + 1] = seq
end
return out
