-- Takes an attempt back. ARGV token, ordinal, hold (8 bytes).
call('HDEL', MARKS, ARGV[1])
local record = live(ARGV[2])
if record and unpack('>I8', ARGV[3]) > hold(record) then
  putdest(ARGV[2], record:sub(9, 12) .. ARGV[3] .. record:sub(21))
end
return 'OK'
