#include "engine/triples/reject_bytes.h"

#include "engine/triples/layout.h"

namespace laterbase::triples {

using layout::key_of;
using layout::Tag;

void save_rejects(const std::vector<Reject>& rejects, std::size_t from, std::uint64_t id, StoredRows& to) {
  for (std::size_t i = from; i < rejects.size(); ++i) {
    const Reject& one = rejects[i];
    std::string value;
    append_varint(value, one.lc);
    append_version(value, {one.key, one.index});
    append_text(value, one.reason);
    const std::string key = key_of(Tag::rejects, id, i);
    seal(value, key);
    to.add(key, value);
  }
}

bool load_rejects(ReadTxn& txn, std::uint64_t id, std::uint64_t count, std::vector<Reject>& to) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string key = key_of(Tag::rejects, id, i);
    const auto row = txn.get(kTriplesTable, key);
    ByteReader reader(row ? unsealed(key, *row) : BytesView{});
    Reject one;
    one.lc = reader.varint();
    const Version version = reader.version();
    one.key = version.key;
    one.index = version.index;
    one.reason = std::string(reader.text());
    if (!reader.ok() || !reader.at_end()) return false;
    to.push_back(std::move(one));
  }
  return true;
}

}  // namespace laterbase::triples
