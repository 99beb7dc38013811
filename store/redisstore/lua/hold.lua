-- Holds a chat's destinations, which are about to move to another shard, if no
-- message to one of them is on its way. ARGV chat, the shard's token when the
-- migration was found not to be done, its next token.
if (call('HGET', STATE, 'token') or '') ~= ARGV[2] then return 'CONFLICT' end
local index, all = call('HGET', INDEX, ARGV[1]) or '', {}
for i = 9, #index, 12 do
  local o = unpack('>I4', index, i)
  if not held(o) and inflight(o) then return 'INFLIGHT' end
  all[#all + 1] = o
end
for _, o in ipairs(all) do call('HSET', STATE, 'held:' .. o, 1) end
call('HSET', STATE, 'token', ARGV[3])
return 'OK'
