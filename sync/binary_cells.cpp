#include <algorithm>

#include "sync/binary_reader.h"
#include "sync/binary_writer.h"

// Cells in the binary form:
//
//   varint first, varint n, k u8, the k upper bits of a key in as many bytes as they need
//   n × (the key's other 128 − k bits, value 8, check 28, count 4), bit after bit, the lowest first
//
// Where all symbols' keys begin with the same k bits, as those of one year do, an odd cell's key begins with them too,
// and an even one's with zeros: so they are said once. What is written never depends on that being true of the symbols.
namespace laterbase::sync {
namespace {

constexpr unsigned key_bits = 128, value_bits = 8, check_bits = 28, count_bits = 4;
constexpr unsigned other_bits = value_bits + check_bits + count_bits;

constexpr std::uint64_t low_mask(unsigned bits) { return bits == 64 ? ~0ULL : (std::uint64_t{1} << bits) - 1; }

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  void put(std::uint64_t value, unsigned bits) {  // at most 32
    held_ |= (value & low_mask(bits)) << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8, held_ >>= 8) out_ += static_cast<char>(held_);
  }
  void put_key(const Ulid& key, unsigned bits) {
    put_word(key.low, std::min(bits, 64U));
    if (bits > 64) put_word(key.high, bits - 64);
  }
  void finish() {
    if (count_ > 0) put(0, 8 - count_);
  }

 private:
  void put_word(std::uint64_t word, unsigned bits) {
    put(word, std::min(bits, 32U));
    if (bits > 32) put(word >> 32, bits - 32);
  }

  std::string& out_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

// Of bytes that are enough.
class BitReader {
 public:
  explicit BitReader(BytesView bytes) : left_(bytes) {}

  std::uint64_t take(unsigned bits) {  // at most 32
    for (; count_ < bits; count_ += 8, left_.remove_prefix(1))
      held_ |= std::uint64_t{static_cast<std::uint8_t>(left_.front())} << count_;
    const std::uint64_t value = held_ & low_mask(bits);
    held_ >>= bits;
    count_ -= bits;
    return value;
  }
  Ulid take_key(unsigned bits) {
    const std::uint64_t low = take_word(std::min(bits, 64U));
    return {bits > 64 ? take_word(bits - 64) : 0, low};
  }

 private:
  std::uint64_t take_word(unsigned bits) {
    const std::uint64_t low = take(std::min(bits, 32U));
    return bits > 32 ? low | take(bits - 32) << 32 : low;
  }

  BytesView left_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

bool is_odd(const Cell& cell) { return (cell.count & 1) != 0; }

// How many upper bits all cells have as `shared` and their parity have it.
unsigned shared_bits(const std::vector<Cell>& cells, const Ulid& shared) {
  std::uint64_t high = 0, low = 0;  // bits in which some cell is otherwise
  for (const Cell& cell : cells) {
    high |= cell.key.high ^ (is_odd(cell) ? shared.high : 0);
    low |= cell.key.low ^ (is_odd(cell) ? shared.low : 0);
  }
  if (high != 0) return static_cast<unsigned>(__builtin_clzll(high));
  return low != 0 ? 64 + static_cast<unsigned>(__builtin_clzll(low)) : key_bits;
}

Ulid upper(const Ulid& key, unsigned bits) {
  const unsigned left_out = key_bits - bits;
  return left_out < 64 ? Ulid{key.high, key.low & ~low_mask(left_out)} : Ulid{key.high & ~low_mask(left_out - 64), 0};
}

}  // namespace

void write_cells(std::string& out, const Cells& cells) {
  write_varint(out, cells.first);
  write_varint(out, cells.cells.size());
  const auto odd = std::find_if(cells.cells.begin(), cells.cells.end(), is_odd);
  const Ulid example = odd == cells.cells.end() ? Ulid{} : odd->key;
  const unsigned bits = shared_bits(cells.cells, example);
  char shared[Ulid::kBytes];
  upper(example, bits).store(shared);
  out += static_cast<char>(bits);
  out.append(shared, (bits + 7) / 8);
  BitWriter to(out);
  for (const Cell& cell : cells.cells) {
    to.put_key(cell.key, key_bits - bits);
    to.put(cell.value, value_bits);
    to.put(cell.check, check_bits);
    to.put(cell.count, count_bits);
  }
  to.finish();
}

Cells read_cells(BinaryReader& in, std::uint64_t most) {
  Cells cells;
  cells.first = in.varint();
  const std::size_t count = in.count(most, other_bits / 8, "cells");
  const unsigned bits = in.byte();
  if (bits > key_bits) in.fail("a key has more than 128 bits");
  char shared[Ulid::kBytes] = {};
  const BytesView start = in.bytes(in.ok() ? (bits + 7) / 8 : 0);
  std::copy(start.begin(), start.end(), shared);
  const BytesView body = in.bytes(in.ok() ? (count * (key_bits - bits + other_bits) + 7) / 8 : 0);
  if (!in.ok()) return cells;
  const Ulid of_the_odd = upper(Ulid::load(shared), bits);
  BitReader from(body);
  cells.cells.resize(count);
  for (Cell& cell : cells.cells) {
    cell.key = from.take_key(key_bits - bits);
    cell.value = static_cast<std::uint8_t>(from.take(value_bits));
    cell.check = static_cast<std::uint32_t>(from.take(check_bits));
    cell.count = static_cast<std::uint8_t>(from.take(count_bits));
    if (!is_odd(cell)) continue;
    cell.key.high |= of_the_odd.high;
    cell.key.low |= of_the_odd.low;
  }
  return cells;
}

}  // namespace laterbase::sync
