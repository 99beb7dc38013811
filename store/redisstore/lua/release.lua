-- Takes an attempt back. ARGV token, ordinal, hold (8 bytes), items.
call('HDEL', MARKS, ARGV[1])
local record = live(ARGV[2])
if not record then return 'OK' end
for i = 4, #ARGV do
  if cancelled(ARGV[i]) then settle(ARGV[i], tonumber(ARGV[2]), DROPPED, suspended(record)) end
end
if unpack('>I8', ARGV[3]) > hold(record) then
  putdest(ARGV[2], record:sub(9, 12) .. ARGV[3] .. record:sub(21))
end
return 'OK'
