#include "engine/base/invariant.h"
#include "engine/base/rfc3339.h"
#include "engine/events/ulid.h"
#include "server/http/query.h"

// Queries, times and keys of any letters; what is read can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.find('\0') != std::string_view::npos) return 0;  // which no target has
  if (const auto params = http::parse_query(input)) {
    std::string again;
    for (const auto& param : *params)
      again += "&" + http::percent_encoded(param.name) + "=" + http::percent_encoded(param.value);
    const auto same = http::parse_query(again);
    LATERBASE_INVARIANT(same && same->size() == params->size(), "parameters survive being written");
    for (std::size_t i = 0; i < same->size(); ++i)
      LATERBASE_INVARIANT((*same)[i].name == (*params)[i].name && (*same)[i].value == (*params)[i].value,
                          "parameters survive being written");
  }
  if (const auto ms = parse_rfc3339(input); ms && *ms >= 0 && *ms < 253'402'300'800'000) {
    LATERBASE_INVARIANT(parse_rfc3339(print_rfc3339(*ms)) == ms, "a time survives being written");
  }
  if (const auto key = Ulid::parse(input)) LATERBASE_INVARIANT(Ulid::parse(key->text()) == key, "a key survives");
  return 0;
}
