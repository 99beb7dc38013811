-- Clears items no longer wanted by a destination. ARGV epoch, ordinal, items.
if fenced(ARGV[1], EPOCH) then return 'FENCED' end
local stop = suspended(call('HGET', DESTS, ARGV[2]))
for i = 3, #ARGV do
  settle(ARGV[i], tonumber(ARGV[2]), 4, stop)
end
return 'OK'
