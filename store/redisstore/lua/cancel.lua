-- Withdraws all that is owed of an item. ARGV item.
local item = ARGV[1]
local job = call('HGET', JOBS, item)
if not job then return 'OK' end
for class = 0, LAST do call('HDEL', OWED, item .. ':' .. class) end
for _, field in ipairs(call('HKEYS', TRIES)) do
  if field:sub(1, #item + 1) == item .. ':' then call('HDEL', TRIES, field) end
end
for _, o in ipairs(call('HKEYS', INBOX)) do
  if shelvedin(item, o) then clear(item, nil, nil, o) end
end
local owed = unpack('>I4', job)
count(item, -owed, 0, 0, 0, owed, 0)
return 'OK'
