#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/random.h"

// What a generator decides, kept as a tree: each part of what it writes has decisions of its own. So a part can be
// taken out, made as simple as can be or replaced by a smaller one of its kind, and the generator then writes the same
// as before but for that part. This is how a failing run becomes a small one, whatever the generator writes (MacIver,
// Donaldson: "Test-Case Reduction via Test-Case Generation", 2020).
namespace laterbase::tests {

struct Choice {
  int kind = 0;
  std::vector<std::uint64_t> draws;
  std::vector<Choice> parts;

  std::size_t size() const;
};

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : random_(seed), fresh_(true) {}
  explicit Choices(Choice given) : random_(0), fresh_(false), given_(std::move(given)) {}
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;

  // Below `bound`, which is at least 1. 0 stands for the simplest.
  std::uint64_t below(std::uint64_t bound);
  bool chance(unsigned percent) { return below(100) >= 100 - percent; }

  // Decisions within `write` are those of a part of its own.
  void part(int kind, const std::function<void()>& write);
  // Any number of parts, up to `most`.
  void some(int kind, std::uint64_t average, std::uint64_t most, const std::function<void()>& write);

  // What was decided.
  const Choice& taken() const { return taken_; }

 private:
  struct Level {
    Choice* taken;
    const Choice* given;  // null where nothing is
    std::size_t draws = 0, parts = 0;
  };

  Random random_;
  bool fresh_;
  Choice given_;
  Choice taken_;
  std::vector<Level> levels_{{&taken_, &given_}};
};

// The smallest tree found for which `fails` still holds, asking it at most `most_questions` times. `fails` gives what
// was decided in the end, or nothing where it does not fail (in the same way).
using StillFails = std::function<bool(const Choice& given, Choice& taken)>;
Choice shrink(Choice failing, const StillFails& fails, std::size_t most_questions);

}  // namespace laterbase::tests
