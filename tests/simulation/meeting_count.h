#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

// How many round trips exchanges took, by what the two knew of each other when they began.
namespace laterbase::simulation {

enum class Meeting : std::uint8_t {
  by_cursors,  // each stood in the other's log where it was thought to
  by_summary,  // no cursor was known, or the last exchange was cut: the first message carried a summary
  surprised,   // a cursor that was thought to stand did not: the peer was restored, wiped, or another machine
  count
};

inline constexpr std::size_t meetings = static_cast<std::size_t>(Meeting::count);
inline const char* name_of(Meeting meeting) noexcept {
  constexpr std::array names{"cursors stood", "a summary first", "a cursor did not stand"};
  return names[static_cast<std::size_t>(meeting)];
}

class MeetingCount {
 public:
  struct Count {
    std::uint64_t exchanges = 0, within_two = 0, most = 0;

    Count& operator+=(const Count& other) noexcept {
      exchanges += other.exchanges;
      within_two += other.within_two;
      most = std::max(most, other.most);
      return *this;
    }
    double share_within_two() const noexcept {
      return exchanges == 0 ? 1 : static_cast<double>(within_two) / static_cast<double>(exchanges);
    }
  };

  void add(Meeting meeting, std::uint64_t round_trips) noexcept {
    counts_[static_cast<std::size_t>(meeting)] += {1, round_trips <= 2 ? 1U : 0U, round_trips};
  }
  const Count& of(Meeting meeting) const noexcept { return counts_[static_cast<std::size_t>(meeting)]; }
  Count all() const noexcept {
    Count sum;
    for (const Count& each : counts_) sum += each;
    return sum;
  }
  MeetingCount& operator+=(const MeetingCount& other) noexcept {
    for (std::size_t i = 0; i < meetings; ++i) counts_[i] += other.counts_[i];
    return *this;
  }

 private:
  std::array<Count, meetings> counts_{};
};

}  // namespace laterbase::simulation
