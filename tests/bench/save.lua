-- Saves responses as the candidates' pages do. Reads one line a candidate from the file named in
-- KAODIAN_SEATS (cookie, then the ids of the items, separated by blanks) and counts from KAODIAN_FROM.
local seats, n, path = {}, tonumber(os.getenv("KAODIAN_FROM")), os.getenv("KAODIAN_PATH")

for line in io.lines(os.getenv("KAODIAN_SEATS")) do
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  seats[#seats + 1] = words
end

function request()
  n = n + 1
  local seat = seats[n % #seats + 1]
  local item = seat[2 + math.floor(n / #seats) % (#seat - 1)]
  local choice = math.floor(n / 7) % 2 == 0 and "A" or "B"
  local body = '{"item":"' .. item .. '","choices":["' .. choice .. '"],"flagged":false,"n":' .. n .. "}"
  return wrk.format("POST", path, { ["Cookie"] = seat[1], ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, failed,
    latency:percentile(99)))
end
