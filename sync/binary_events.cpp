#include <zstd.h>

#include <algorithm>
#include <memory>

#include "engine/base/json_text.h"
#include "sync/binary_reader.h"
#include "sync/binary_writer.h"

// Events in the binary form:
//
//   form: 0 plain, or 1 and varint of the bytes unpacked     then, plain or in a zstd frame:
//   varint n, n × (epoch 16, node 16)                        the origins' epochs
//   varint n, n × (key, varint of origin × 2 + is_json, [varint: sequence's distance], varint size, value)
//
// Origin 0 is none, 1 the first of the list. A sequence stands as its distance from the one before of the same epoch,
// modulo 2^64.
namespace laterbase::sync {
namespace {

constexpr int compression_level = 3;
constexpr std::size_t least_event_bytes = 3;
constexpr std::size_t least_packed_bytes = 128;  // shorter ones gain next to nothing

struct EpochOf {
  Ulid epoch, node;
  std::uint64_t last_sequence = 0;
};

// The number of the event's origin in the list, from 1; it is added where it isn't there. 0 for none.
std::size_t number_of(const std::optional<Origin>& origin, std::vector<EpochOf>& epochs) {
  if (!origin) return 0;
  const auto at = std::find_if(epochs.begin(), epochs.end(), [&](const EpochOf& known) {
    return known.epoch == origin->epoch && known.node == origin->node;
  });
  const auto number = static_cast<std::size_t>(at - epochs.begin()) + 1;
  if (at == epochs.end()) epochs.push_back({origin->epoch, origin->node});
  return number;
}

void write_epochs(std::string& out, const std::vector<EpochOf>& epochs) {
  write_varint(out, epochs.size());
  for (const EpochOf& known : epochs) {
    out.resize(out.size() + 2 * Ulid::kBytes);
    known.epoch.store(out.data() + out.size() - 2 * Ulid::kBytes);
    known.node.store(out.data() + out.size() - Ulid::kBytes);
  }
}

std::string plain_events(const std::vector<WireEvent>& events) {
  std::vector<EpochOf> epochs;
  std::string list;
  KeyWriter keys(list);
  for (const WireEvent& event : events) {
    const std::size_t number = number_of(event.origin, epochs);
    keys.write(event.key);
    write_varint(list, number * 2 + (event.is_json ? 1 : 0));
    if (number > 0) {
      std::uint64_t& last = epochs[number - 1].last_sequence;
      write_varint(list, event.origin->sequence - last);
      last = event.origin->sequence;
    }
    write_varint(list, event.value.size());
    list += event.value;
  }
  std::string out;
  write_epochs(out, epochs);
  write_varint(out, events.size());
  return out += list;
}

// Made once a thread: to make one and throw it away would be most of the work on a short list.
struct Packer {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> packing{ZSTD_createCCtx(), ZSTD_freeCCtx};
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> unpacking{ZSTD_createDCtx(), ZSTD_freeDCtx};
};

const Packer& packer() {
  thread_local const Packer of_this_thread;
  return of_this_thread;
}

// Empty where it doesn't get smaller.
std::string packed(const std::string& plain) {
  if (plain.size() < least_packed_bytes) return {};
  std::string out(plain.size(), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(packer().packing.get(), out.data(), out.size(), plain.data(), plain.size(), compression_level);
  out.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

std::vector<EpochOf> read_epochs(BinaryReader& in) {
  std::vector<EpochOf> epochs(in.count(UINT16_MAX, 2 * Ulid::kBytes, "origins"));
  for (EpochOf& known : epochs) {
    known.epoch = in.ulid();
    known.node = in.ulid();
  }
  return epochs;
}

std::optional<Origin> read_origin(BinaryReader& in, std::uint64_t number, std::vector<EpochOf>& epochs) {
  if (number == 0) return std::nullopt;
  if (number > epochs.size()) {
    in.fail("an event's origin is not in its list");
    return std::nullopt;
  }
  EpochOf& known = epochs[number - 1];
  known.last_sequence += in.varint();
  return Origin{known.epoch, known.node, known.last_sequence};
}

WireEvent read_event(BinaryReader& in, KeyReader& keys, std::vector<EpochOf>& epochs) {
  WireEvent event;
  event.key = keys.read();
  const std::uint64_t kind = in.varint();
  event.origin = read_origin(in, kind / 2, epochs);
  event.is_json = (kind & 1) != 0;
  event.value = in.bytes(in.varint());
  if (event.is_json && in.ok() && !is_json(event.value)) in.fail("a value that is called JSON is not");
  return event;
}

std::vector<WireEvent> plain_events(BinaryReader& in, const DecodeLimits& limits) {
  std::vector<EpochOf> epochs = read_epochs(in);
  const std::size_t count = in.count(limits.events, least_event_bytes, "events");
  std::vector<WireEvent> events;
  KeyReader keys(in);
  for (std::size_t i = 0; i < count && in.ok(); ++i) events.push_back(read_event(in, keys, epochs));
  if (!in.at_end()) in.fail("there is more after its last event");
  return events;
}

std::string unpacked(BinaryReader& in, const DecodeLimits& limits) {
  const std::uint64_t size = in.varint();
  const BytesView frame = in.bytes(in.left());
  if (size > limits.event_bytes) in.fail("its events are more bytes than are taken", ErrorCode::too_large);
  if (!in.ok()) return {};
  std::string plain(size, '\0');
  const std::size_t found =
      ZSTD_decompressDCtx(packer().unpacking.get(), plain.data(), plain.size(), frame.data(), frame.size());
  if (ZSTD_isError(found) != 0 || found != size) in.fail("its events' zstd frame is damaged");
  return plain;
}

}  // namespace

void write_events(std::string& out, const std::vector<WireEvent>& events) {
  const std::string plain = plain_events(events);
  const std::string frame = packed(plain);
  const bool smaller = !frame.empty() && frame.size() + 4 < plain.size();
  out += smaller ? '\1' : '\0';
  if (smaller) write_varint(out, plain.size());
  out += smaller ? frame : plain;
}

std::vector<WireEvent> read_events(BinaryReader& in, const DecodeLimits& limits) {
  const std::uint8_t form = in.byte();
  if (form > 1) in.fail("its events have an unknown form");
  std::string plain;
  if (form == 1) plain = unpacked(in, limits);
  const BytesView bytes = form == 1 ? BytesView(plain) : in.bytes(in.left());
  if (bytes.size() > limits.event_bytes) in.fail("its events are more bytes than are taken", ErrorCode::too_large);
  if (!in.ok()) return {};
  BinaryReader inside(bytes);
  std::vector<WireEvent> events = plain_events(inside, limits);
  if (!inside.ok()) in.fail(inside);
  return events;
}

}  // namespace laterbase::sync
