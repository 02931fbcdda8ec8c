#include "engine/base/invariant.h"
#include "server/api/event_body.h"
#include "server/api/event_text.h"
#include "engine/base/json_text.h"

// Bodies of POST /db/{db}/e, of the type that the first byte says: each slice lies within the payload, each value that
// is called JSON is JSON, and what GET would answer is taken again as the same value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto type = static_cast<api::BodyType>(data[0] % 5);
  Batch batch;
  const auto parsed = api::parse_body(type, body, {1000, 50}, batch);
  if (!parsed) {
    LATERBASE_INVARIANT(!parsed.error().detail.empty(), "a refusal says why");
    return 0;
  }
  LATERBASE_INVARIANT(batch.events.size() <= 50, "the limit holds");
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const NewEvent& event = batch.events[i];
    LATERBASE_INVARIANT(event.size <= 1000 && std::size_t{event.offset} + event.size <= batch.payload.size(),
                        "a slice lies within the payload");
    const std::string_view value(batch.payload.data() + event.offset, event.size);
    LATERBASE_INVARIANT(event.is_json == is_json(value), "JSON is what is called JSON");
    (void)api::place_of_event(type, body, i);
    std::string line;
    api::append_event(line, {event.key.value_or(Ulid{}), 1, 0, value, event.is_json}, true);
    Batch again;
    LATERBASE_INVARIANT(api::parse_body(api::BodyType::envelope_lines, line, {2000, 1}, again),
                        "GET's answer is taken");
    LATERBASE_INVARIANT(again.events.size() == 1 && again.events[0].is_json == event.is_json, "and is the same kind");
  }
  return 0;
}
