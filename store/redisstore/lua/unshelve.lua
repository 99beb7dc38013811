-- Takes an item that was cancelled out of some inboxes, unless it is under way.
-- ARGV item, ordinals.
local item, under = ARGV[1], underway(ARGV[1])
for i = 2, #ARGV do
  local o = tonumber(ARGV[i])
  if not under[o] and shelvedin(item, o) then
    clear(item, nil, nil, o)
    count(item, -1, 0, 0, 0, 1, 0)
  end
end
return 'OK'
