#pragma once

#include <cstdint>

// A cell: room for one row in a page. One header word, then the row's bytes.
//
//   bit 0       writing: the row's bytes are being changed; readers wait
//   bit 1       claimed: one writer has the row to itself; readers go on
//   bits 2-31   sequence: moves on with every change of the bytes
//   bits 32-44  capacity in words, this header included
//   bits 45-47  state
//   bits 48-63  length of the row in bytes
namespace laterbase::worktable {

enum class CellState : std::uint64_t {
  none,      // room that was handed out a moment ago
  free,      // may be handed out; its first word names the next free cell
  reserved,  // a row that is not in the table yet
  live,
  arriving,  // the new cell of a row that is being moved: readers wait
  dead,      // a row that left the table; its bytes stay until no pin of then is left
};

class CellHeader {
 public:
  static constexpr std::uint64_t writing_bit = 1;
  static constexpr std::uint64_t claimed_bit = 2;

  constexpr CellHeader() = default;
  constexpr explicit CellHeader(std::uint64_t word) : word_(word) {}
  static constexpr CellHeader make(CellState state, std::uint32_t capacity_words, std::uint32_t length,
                                   std::uint32_t sequence) {
    return CellHeader(std::uint64_t{length} << 48 | static_cast<std::uint64_t>(state) << 45 |
                      std::uint64_t{capacity_words} << 32 | (std::uint64_t{sequence} << 2 & 0xfffffffc));
  }

  constexpr std::uint64_t word() const { return word_; }
  constexpr bool writing() const { return (word_ & writing_bit) != 0; }
  constexpr bool claimed() const { return (word_ & claimed_bit) != 0; }
  constexpr std::uint32_t sequence() const { return static_cast<std::uint32_t>(word_) >> 2; }
  constexpr std::uint32_t capacity_words() const { return static_cast<std::uint32_t>(word_ >> 32) & 0x1fff; }
  constexpr CellState state() const { return static_cast<CellState>(word_ >> 45 & 7); }
  constexpr std::uint32_t length() const { return static_cast<std::uint32_t>(word_ >> 48); }
  constexpr bool live() const { return state() == CellState::live; }
  // In the table, and nobody is writing it.
  constexpr bool readable() const {
    return (word_ & (std::uint64_t{7} << 45 | writing_bit)) == static_cast<std::uint64_t>(CellState::live) << 45;
  }
  // Wait for it: it will be readable, or gone.
  constexpr bool unsettled() const { return state() == CellState::arriving || (live() && writing()); }

  // Whether bytes read between two looks at the header, `before` not being written then, are of one moment.
  static constexpr bool stood_still(CellHeader before, CellHeader after) {
    return (before.word_ & ~claimed_bit) == (after.word_ & ~claimed_bit);
  }

  constexpr CellHeader with_claim() const { return CellHeader(word_ | claimed_bit); }
  constexpr CellHeader with_writing() const { return CellHeader(word_ | writing_bit); }
  constexpr CellHeader without_claim() const { return CellHeader(word_ & ~(writing_bit | claimed_bit)); }
  // Unclaimed, in this state, one sequence further.
  constexpr CellHeader next(CellState state) const { return make(state, capacity_words(), length(), sequence() + 1); }

 private:
  std::uint64_t word_ = 0;
};

}  // namespace laterbase::worktable
