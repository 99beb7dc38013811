-- Settles an attempt. ARGV token, ordinal, fate, suspension (one byte, or
-- nothing), entry of the ring (or nothing), dead letter but for its items, items.
local token, o, fate = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
call('HDEL', MARKS, token)
local record = live(ARGV[2])
if not record or call('ZSCORE', TOKENS, token) then return 'OK' end
local at = call('ZSCORE', TOKENS, token .. DOUBTED)
if at and fate ~= DELIVERED then return 'OK' end
call('ZREM', TOKENS, token .. DOUBTED)
call('ZADD', TOKENS, at or call('HINCRBY', STATE, 'settled', 1), fate == UNKNOWN and token .. DOUBTED or token)
if call('ZCARD', TOKENS) > TOKENKEEP then call('ZREMRANGEBYRANK', TOKENS, 0, 0) end
local stop = suspended(record)
if #ARGV[4] == 1 then
  if record:sub(11, 11) ~= ARGV[4] then
    putdest(ARGV[2], record:sub(9, 10) .. ARGV[4] .. record:sub(12))
  end
  stop = true
end
local letter, dead = ARGV[6], false
for i = 7, #ARGV do
  if settle(ARGV[i], o, fate, stop) then
    letter, dead = letter .. pack('>I8', tonumber(ARGV[i])), true
  end
end
if dead then
  call('LPUSH', DEAD, letter)
  call('LTRIM', DEAD, 0, DEADKEEP - 1)
end
if fate == DELIVERED and ARGV[5] ~= '' then
  call('LPUSH', KEYS[RINGS + 1], ARGV[5])
  call('LTRIM', KEYS[RINGS + 1], 0, RINGSIZE - 1)
end
return 'OK'
