#include "sync/binary_codec.h"

#include <bitset>

#include "sync/binary_reader.h"
#include "sync/binary_writer.h"

namespace laterbase::sync {
namespace {

constexpr std::string_view magic = "LBS\1";
constexpr std::size_t check_bytes = 8;

enum class Tag : std::uint8_t {
  from = 1,
  window,
  cursor,
  verdict,
  seen,
  ids,
  lacks,
  wants,
  events,
  delta,
  summary,
  ranges,
  want_ranges,
  cells,
  want_cells,
  next,
  listings,
  deferred,
  hashes,
};

// ---- writing

class Writer {
 public:
  Writer() : out_(magic) {}

  // The section that `write` appends to an empty string.
  template <typename Write>
  void section(bool present, Tag tag, Write write) {
    if (!present) return;
    std::string inside;
    write(inside);
    out_ += static_cast<char>(tag);
    write_varint(out_, inside.size());
    out_ += inside;
  }
  void head(Tag tag, const std::optional<Head>& head) {
    section(head.has_value(), tag, [&](std::string& to) { heads_.write(to, *head); });
  }
  void keys(Tag tag, const std::optional<std::vector<Ulid>>& keys) {
    section(keys.has_value(), tag, [&](std::string& to) { write_keys(to, *keys); });
  }
  HeadWriter& heads() noexcept { return heads_; }
  std::string finish() {
    append_le(out_, hash64(out_));
    return std::move(out_);
  }

 private:
  std::string out_;
  HeadWriter heads_;
};

void write_window(std::string& out, const Window& window) {
  KeyWriter keys(out);
  keys.write(window.from);
  keys.write(window.to);
}

void write_seen(std::string& out, const std::vector<Seen>& seen) {
  write_varint(out, seen.size());
  for (const Seen& one : seen) {
    char epoch[Ulid::kBytes];
    one.epoch.store(epoch);
    out.append(epoch, sizeof epoch);
    write_varint(out, one.sequence);
  }
}

void write_delta(std::string& out, const Delta& delta, HeadWriter& heads) {
  heads.write(out, delta.after);
  heads.write(out, delta.next);
  out += static_cast<char>((delta.more ? 1 : 0) | (delta.held ? 2 : 0) | (delta.proof ? 4 : 0));
  if (delta.held) heads.write(out, *delta.held);
  if (!delta.proof) return;
  write_fingerprint(out, delta.proof->sum);
  write_keys(out, delta.proof->of);
}

void write_summary(std::string& out, const Summary& summary) {
  write_fingerprint(out, summary.whole);
  write_ranges(out, summary.newest);
  write_varint(out, summary.counters.size());
  out.append(reinterpret_cast<const char*>(summary.counters.data()), summary.counters.size());
}

void write_hashes(std::string& out, const std::vector<std::uint32_t>& hashes) {
  write_varint(out, hashes.size());
  for (const std::uint32_t hash : hashes) append_le(out, hash);
}

void write_want_cells(std::string& out, const CellsWanted& wanted) {
  write_varint(out, wanted.first);
  write_varint(out, wanted.count);
}

// ---- reading

std::vector<Seen> read_seen(BinaryReader& in, std::uint64_t most) {
  std::vector<Seen> seen(in.count(most, Ulid::kBytes + 1, "seen epochs"));
  for (std::size_t i = 0; i < seen.size() && in.ok(); ++i) {
    seen[i].epoch = in.ulid();
    seen[i].sequence = in.varint();
    if (i > 0 && seen[i].epoch <= seen[i - 1].epoch) in.fail("its seen epochs don't ascend");
  }
  return seen;
}

std::vector<std::uint32_t> read_hashes(BinaryReader& in, std::uint64_t most) {
  std::vector<std::uint32_t> hashes(in.count(most, sizeof(std::uint32_t), "hashes"));
  for (std::uint32_t& hash : hashes) {
    const BytesView bytes = in.bytes(sizeof hash);
    if (in.ok()) hash = load_le<std::uint32_t>(bytes.data());
  }
  return hashes;
}

Window read_window(BinaryReader& in) {
  KeyReader keys(in);
  Window window;
  window.from = keys.read();
  window.to = keys.read();
  if (window.to < window.from) in.fail("its window ends before it begins");
  return window;
}

Verdict read_verdict(BinaryReader& in) {
  const std::uint8_t verdict = in.byte();
  if (verdict > 1) in.fail("its verdict is neither valid nor reset");
  return static_cast<Verdict>(verdict);
}

Delta read_delta(BinaryReader& in, HeadReader& heads, std::uint64_t most_keys) {
  Delta delta;
  delta.after = heads.read(in);
  delta.next = heads.read(in);
  const auto flags = static_cast<unsigned char>(in.byte());
  delta.more = (flags & 1) != 0;
  if ((flags & 2) != 0) delta.held = heads.read(in);
  if ((flags & 4) == 0) return delta;
  const Fingerprint sum = in.fingerprint();
  delta.proof = Proof{sum, read_keys(in, most_keys)};
  return delta;
}

Summary read_summary(BinaryReader& in, const DecodeLimits& limits) {
  Summary summary;
  summary.whole = in.fingerprint();
  summary.newest = read_ranges(in, limits.ranges);
  summary.counters.resize(in.count(limits.counters, 1, "counters"));
  const BytesView bytes = in.bytes(summary.counters.size());
  std::copy(bytes.begin(), bytes.end(), summary.counters.begin());
  return summary;
}

CellsWanted read_want_cells(BinaryReader& in) {
  const std::uint64_t first = in.varint();
  return {first, in.varint()};
}

struct Context {
  const DecodeLimits& limits;
  const std::vector<Ulid>& asked;
  HeadReader heads;
};

void read_section(Tag tag, BinaryReader& in, Message& to, Context& context) {
  const DecodeLimits& limits = context.limits;
  HeadReader& heads = context.heads;
  switch (tag) {
    // clang-format off
    case Tag::from: to.from = heads.read(in); return;
    case Tag::window: to.window = read_window(in); return;
    case Tag::cursor: to.cursor = heads.read(in); return;
    case Tag::verdict: to.verdict = read_verdict(in); return;
    case Tag::seen: to.seen = read_seen(in, limits.seen); return;
    case Tag::ids: to.ids = read_keys(in, limits.keys); return;
    case Tag::hashes: to.hashes = read_hashes(in, limits.keys); return;
    case Tag::lacks: to.lacks = read_lacks(in, limits.keys, context.asked); return;
    case Tag::wants: to.wants = read_keys(in, limits.keys); return;
    case Tag::events: to.events = read_events(in, limits); return;
    case Tag::delta: to.delta = read_delta(in, heads, limits.keys); return;
    case Tag::summary: to.summary = read_summary(in, limits); return;
    case Tag::ranges: to.ranges = read_ranges(in, limits.ranges); return;
    case Tag::want_ranges: to.want_ranges = read_windows(in, limits.ranges); return;
    case Tag::cells: to.cells = read_cells(in, limits.cells); return;
    case Tag::want_cells: to.want_cells = read_want_cells(in); return;
    case Tag::next: to.next = heads.read(in); return;
    case Tag::listings: to.listings = read_listings(in, limits); return;
    case Tag::deferred: to.deferred = read_windows(in, limits.ranges); return;
      // clang-format on
  }
  in.bytes(in.left());  // from a newer node
}

// What surrounds the sections: they are left over.
BytesView sections_of(BytesView bytes, BinaryReader& in) {
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + check_bytes) {
    in.fail("it doesn't begin as one of this version");
    return {};
  }
  const BytesView covered = bytes.substr(0, bytes.size() - check_bytes);
  if (hash64(covered) != load_le<std::uint64_t>(bytes.data() + covered.size())) in.fail("its checksum is wrong");
  return covered.substr(magic.size());
}

}  // namespace

std::string encode_binary(const Message& message, const std::vector<Ulid>& asked) {
  Writer out;
  const Message& m = message;
  using To = std::string&;
  out.head(Tag::from, m.from);
  out.section(m.window.has_value(), Tag::window, [&](To to) { write_window(to, *m.window); });
  out.head(Tag::cursor, m.cursor);
  out.section(m.verdict.has_value(), Tag::verdict, [&](To to) { to += static_cast<char>(*m.verdict); });
  out.section(!m.seen.empty(), Tag::seen, [&](To to) { write_seen(to, m.seen); });
  out.keys(Tag::ids, m.ids);
  out.section(m.lacks.has_value(), Tag::lacks, [&](To to) { write_lacks(to, *m.lacks, asked); });
  out.keys(Tag::wants, m.wants);
  out.section(!m.events.empty(), Tag::events, [&](To to) { write_events(to, m.events); });
  out.section(m.delta.has_value(), Tag::delta, [&](To to) { write_delta(to, *m.delta, out.heads()); });
  out.section(m.summary.has_value(), Tag::summary, [&](To to) { write_summary(to, *m.summary); });
  out.section(!m.ranges.empty(), Tag::ranges, [&](To to) { write_ranges(to, m.ranges); });
  out.section(!m.want_ranges.empty(), Tag::want_ranges, [&](To to) { write_windows(to, m.want_ranges); });
  out.section(m.cells.has_value(), Tag::cells, [&](To to) { write_cells(to, *m.cells); });
  out.section(m.want_cells.has_value(), Tag::want_cells, [&](To to) { write_want_cells(to, *m.want_cells); });
  out.head(Tag::next, m.next);
  out.section(!m.listings.empty(), Tag::listings, [&](To to) { write_listings(to, m.listings); });
  out.section(!m.hashes.empty(), Tag::hashes, [&](To to) { write_hashes(to, m.hashes); });
  out.section(!m.deferred.empty(), Tag::deferred, [&](To to) { write_windows(to, m.deferred); });
  return out.finish();
}

Result<Message> decode_binary(BytesView bytes, const DecodeLimits& limits, const std::vector<Ulid>& asked) {
  BinaryReader envelope(bytes);
  BinaryReader sections(sections_of(bytes, envelope));
  Message message;
  Context context{limits, asked, {}};
  std::bitset<256> known;
  while (envelope.ok() && !sections.at_end()) {
    const std::uint8_t tag = sections.byte();
    BinaryReader inside(sections.bytes(sections.varint()));
    if (known[tag]) inside.fail("a section is there twice");
    known[tag] = true;
    if (sections.ok()) read_section(static_cast<Tag>(tag), inside, message, context);
    if (!inside.at_end()) inside.fail("a section is longer than what is in it");
    if (!sections.ok()) envelope.fail(sections);
    if (!inside.ok()) envelope.fail(inside);
  }
  if (!envelope.ok()) return envelope.error();
  return message;
}

}  // namespace laterbase::sync
