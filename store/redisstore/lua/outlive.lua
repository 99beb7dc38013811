-- Drops what is kept in inboxes too long. How many they were stays. ARGV instant
-- (8 bytes).
local boxes = call('HGETALL', INBOX)
for i = 1, #boxes, 2 do
  local o, box = boxes[i], boxes[i + 1]
  local kept, dropped = {}, 0
  for at = BOXHEAD + 1, #box, BOXENTRY do
    if box:sub(at + 9, at + 16) < ARGV[1] then
      outof(box, at, o)
      dropped = dropped + 1
    else
      kept[#kept + 1] = box:sub(at, at + BOXENTRY - 1)
    end
  end
  if dropped > 0 then
    call('HSET', INBOX, o, box:sub(1, 8) .. pack('>I4', boxcount(box) + dropped) .. table.concat(kept))
  end
end
return 'OK'
