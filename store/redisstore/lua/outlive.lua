-- Drops what is kept in some inboxes too long. How many they were stays. ARGV
-- instant (8 bytes), ordinals.
for i = 2, #ARGV do
  local o, box = ARGV[i], call('HGET', INBOX, ARGV[i]) or ''
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
