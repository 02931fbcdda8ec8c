#include "engine/events/ulid.h"

#include <array>

namespace laterbase {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint8_t kNoLetter = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoLetter;
  for (std::uint8_t i = 0; i < 32; ++i) {
    const char upper = kAlphabet[i];
    values[static_cast<unsigned char>(upper)] = i;
    if (upper >= 'A') values[static_cast<unsigned char>(upper - 'A' + 'a')] = i;
  }
  for (const char one : {'I', 'i', 'L', 'l'}) values[static_cast<unsigned char>(one)] = 1;
  for (const char zero : {'O', 'o'}) values[static_cast<unsigned char>(zero)] = 0;
  return values;
}

constexpr auto kValues = make_values();

constexpr std::uint64_t kLowRandomMask = 0xffff;

template <int letters>
void print_letters(std::uint64_t bits, char* to) noexcept {
  for (int i = 0; i < letters; ++i) to[i] = kAlphabet[(bits >> (5 * (letters - 1 - i))) & 31];
}

}  // namespace

void Ulid::print(char* to) const noexcept {
  // 48 bits of time are ten letters with two spare bits in front, 80 random ones are twice eight letters.
  print_letters<10>(high >> 16, to);
  print_letters<8>(((high & 0xffff) << 24) | (low >> 40), to + 10);
  print_letters<8>(low & 0xff'ffff'ffff, to + 18);
}

std::string Ulid::text() const {
  std::string letters(kLetters, '0');
  print(letters.data());
  return letters;
}

std::optional<Ulid> Ulid::parse(std::string_view text) noexcept {
  if (text.size() != kLetters) return std::nullopt;
  Ulid ulid;
  for (std::size_t i = 0; i < kLetters; ++i) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
    if (value == kNoLetter || (i == 0 && value > 7)) return std::nullopt;
    ulid.high = (ulid.high << 5) | (ulid.low >> 59);
    ulid.low = (ulid.low << 5) | value;
  }
  return ulid;
}

Ulid UlidGenerator::next(std::int64_t now_ms) noexcept {
  if (now_ms > last_.time_ms()) {
    last_ = fresh(now_ms);
  } else {
    last_ = last_.next();
  }
  return last_;
}

Ulid UlidGenerator::at(std::int64_t ms) noexcept {
  const Ulid following = last_at_.next();
  last_at_ = following.time_ms() == ms && last_at_ != Ulid{} ? following : fresh(ms);
  return last_at_;
}

Ulid UlidGenerator::fresh(std::int64_t now_ms) noexcept {
  // The topmost random bit stays clear, so that a millisecond always has room for more.
  return {(static_cast<std::uint64_t>(now_ms) << 16) | (random_() & kLowRandomMask & 0x7fff), random_()};
}

}  // namespace laterbase
