-- The write-ahead of an attempt. ARGV epoch, token, ordinal, mark, items.
if fenced(ARGV[1], EPOCH) then return 'FENCED' end
if not live(ARGV[3]) or held(ARGV[3]) then return 'SETTLED' end
if call('ZSCORE', TOKENS, ARGV[2]) or call('ZSCORE', TOKENS, ARGV[2] .. DOUBTED) then return 'SETTLED' end
for i = 5, #ARGV do
  if debt(ARGV[i], tonumber(ARGV[3])) then
    call('HSET', MARKS, ARGV[2], ARGV[4])
    return 'OK'
  end
end
return 'SETTLED'
