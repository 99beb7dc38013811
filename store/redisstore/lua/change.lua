-- Stores what a change made of a destination, if that is still what was read.
-- ARGV chat, thread (8 bytes), ordinal read (0: none), version read (8
-- bytes), record ('': as it was), update key or nothing, now (ms), update,
-- the shard's token when the chat was found to live there.
if ARGV[6] ~= '' and call('HEXISTS', UPDATES, ARGV[6]) == 1 then return 'CONFLICT' end
local o = find(ARGV[1], ARGV[2])
if (o or 0) ~= tonumber(ARGV[3]) then return 'CONFLICT' end
if o and call('HGET', DESTS, o):sub(1, 8) ~= ARGV[4] then return 'CONFLICT' end
if not o then
  if (call('HGET', STATE, 'token') or '') ~= ARGV[9] then return 'CONFLICT' end
  o = call('HINCRBY', STATE, 'last', 1)
  local index = call('HGET', INDEX, ARGV[1]) or ''
  call('HSET', INDEX, ARGV[1], index .. ARGV[2] .. pack('>I4', o))
end
if ARGV[5] ~= '' then putdest(o, ARGV[5]) end
if ARGV[6] ~= '' then
  call('HSET', UPDATES, ARGV[6], ARGV[8])
  call('ZADD', WHEN, ARGV[7], ARGV[6])
end
return o
