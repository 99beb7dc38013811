-- Moves what is owed to an ordinal into its inbox. ARGV epoch, ordinal, due
-- (8 bytes), now (8 bytes), items. Returns how many were owed. Without items it
-- forgets an inbox that holds none.
if fenced(ARGV[1], EPOCH) then return 'FENCED' end
local o, n = tonumber(ARGV[2]), 0
if #ARGV == 4 and #(call('HGET', INBOX, o) or '') <= BOXHEAD then dropbox(o) end
for i = 5, #ARGV do
  local class, set = owedin(ARGV[i], o)
  if class then
    unowe(ARGV[i], class, set, o) -- how often it was tried stays
    shelve(ARGV[i], class, ARGV[4], o, ARGV[3])
    n = n + 1
  end
end
if n > 0 then putbox(o, ARGV[3] .. call('HGET', INBOX, o):sub(9)) end
return n
