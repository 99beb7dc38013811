-- Erases a chat, if its destinations are still those that were read. ARGV
-- chat, chat (8 bytes), its entry in the index, now (ms), the shard's token when
-- the chat was found to live there, its next token, then ordinal and tombstone of
-- each; the rings are in the same order.
if (call('HGET', INDEX, ARGV[1]) or '') ~= ARGV[3] then return 'CONFLICT' end
if (call('HGET', STATE, 'token') or '') ~= ARGV[5] then return 'CONFLICT' end
for i = 7, #ARGV, 2 do
  local o = tonumber(ARGV[i])
  for _, x in ipairs(debts(o)) do settle(x[1], o, 4, false) end
  for _, item in ipairs(shelf(o)) do settle(item, o, 4, false) end
  for _, item in ipairs(missed(o)) do
    unexpire(item, o)
    count(item, 0, 0, 0, 0, 1, 0)
  end
  retire(o, ARGV[i + 1], ARGV[4], KEYS[RINGS + (i - 5) / 2])
end
call('HDEL', INDEX, ARGV[1])
call('HSET', STATE, 'token', ARGV[6])
for _, key in ipairs(call('HKEYS', UPDATES)) do
  if key:sub(9, 16) == ARGV[2] then
    call('HSET', UPDATES, key, call('HGET', UPDATES, key):sub(1, 12))
  end
end
return 'OK'
