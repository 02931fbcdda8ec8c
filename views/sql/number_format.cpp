#include "views/sql/number_format.h"

#include <algorithm>
#include <array>

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

// Longer ones before those that they begin with; in small letters they mean the same.
constexpr std::array<std::string_view, 20> keys = {"EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "SP", "TH", "th",
                                                   ",",    ".",  "0",  "9",  "B",  "D",  "G",  "L",  "S",  "V"};

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view key) {
  if (text.starts_with(key)) return true;
  if (key == "TH" || text.size() < key.size()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (text[i] != small(key[i])) return false;
  }
  return true;
}

std::string_view key_at(std::string_view text) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](std::string_view key) { return begins_with(text, key); });
  return found == keys.end() ? std::string_view{} : *found;
}

[[noreturn]] void wrong(const char* what) { throw SqlException("42601", what); }

std::string_view ordinal_of(std::string_view digits) {
  const char last = digits.back();
  const bool teen = digits.size() > 1 && digits[digits.size() - 2] == '1';
  return teen ? "TH" : last == '1' ? "ST" : last == '2' ? "ND" : last == '3' ? "RD" : "TH";
}

}  // namespace

NumberFormat::NumberFormat(std::string_view format) {
  while (!format.empty()) {
    if (format[0] == '"') {
      std::string text;
      for (format.remove_prefix(1); !format.empty() && format[0] != '"'; format.remove_prefix(1)) {
        if (format[0] == '\\' && format.size() > 1) format.remove_prefix(1);
        text += format[0];
      }
      if (!format.empty()) format.remove_prefix(1);
      items_.push_back({{}, text});
      continue;
    }
    const std::string_view key = key_at(format);
    if (key.empty()) {
      if (format.starts_with("\\\"")) format.remove_prefix(1);
      items_.push_back({{}, std::string(1, format[0])});
      format.remove_prefix(1);
      continue;
    }
    add(key);
    items_.push_back({key, {}});
    format.remove_prefix(key.size());
  }
}

void NumberFormat::add(std::string_view key) {
  if (key == "9" || key == "0") return add_digit(key == "0");
  if (key == "D" || key == ".") {
    if (decimal_) wrong("multiple decimal points");
    if (multiplies_) wrong("cannot use \"V\" and decimal point together");
    decimal_ = true;
  } else if (key == "FM") {
    fill_mode_ = true;
  } else if (key == "V") {
    if (decimal_) wrong("cannot use \"V\" and decimal point together");
    multiplies_ = true;
  } else if (key == "EEEE" || key == "RN") {
    not_supported("to_char() with " + std::string(key), -1, "Use 9, 0, a point, a comma, FM, S, MI, PL, SG or PR.");
  } else {
    add_sign(key);
  }
}

void NumberFormat::add_digit(bool zero) {
  if (bracket_) wrong(zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
  if (multiplies_ && !zero) {
    ++multi_;
    return;
  }
  if (zero && !zero_ && !decimal_) {
    zero_ = true;
    zero_start_ = pre_ + 1;
  }
  ++(decimal_ ? post_ : pre_);
  if (zero) zero_end_ = pre_ + post_;
}

void NumberFormat::add_sign(std::string_view key) {
  const bool s = s_ != SignPlace::nowhere;
  if (key == "S") {
    if (s) wrong("cannot use \"S\" twice");
    if (plus_ || minus_ || bracket_) wrong("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
    s_ = decimal_ ? SignPlace::behind : SignPlace::before;
    digits_before_sign_ = pre_;
  } else if (key == "MI" || key == "PL" || key == "SG") {
    if (s) {
      throw SqlException("42601", "cannot use \"S\" and \"" + std::string(key) + "\" together");
    }
    minus_ = minus_ || key != "PL";
    plus_ = plus_ || key != "MI";
  } else if (key == "PR") {
    if (s || plus_ || minus_) wrong("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
    bracket_ = true;
  }
}

// NUM_processor() of PostgreSQL's formatting.c, for output.
class NumberPrinter {
 public:
  NumberPrinter(const NumberFormat& format, const FormattedNumber& number)
      : format_(format), negative_(number.negative), number_(number.digits), s_(format.s_), bracket_(format.bracket_) {
    const auto before_point = static_cast<int>(std::min(number_.find('.'), number_.size()));
    spaces_ = std::max(format.pre_ + format.multi_ - before_point, 0);
    if (before_point > format.pre_ + format.multi_) {
      number_ = std::string(static_cast<std::size_t>(format.pre_ + format.multi_ + format.post_) + 1, '#');
      number_[static_cast<std::size_t>(format.pre_ + format.multi_)] = '.';
    }
    zero_start_ = std::max(format.zero_start_ - 1, 0);
    place_sign();
    count_ = format.post_ + format.pre_ + format.multi_ - 1;
    if (format.fill_mode_ && format.decimal_) find_last_relevant();
    if (!sign_written_ && spaces_ == 0) ++count_;
  }

  std::string print() {
    for (const NumberFormat::Item& item : format_.items_) {
      if (item.key.empty()) {
        text_ += item.text;
      } else {
        print_key(item.key);
      }
    }
    return text_;
  }

 private:
  static constexpr std::size_t none = std::string::npos;

  void place_sign() {
    if (format_.plus_ || format_.minus_) {
      sign_written_ = format_.minus_;
      return;
    }
    const bool s = s_ != NumberFormat::SignPlace::nowhere;
    if (!negative_ && format_.fill_mode_) bracket_ = false;
    sign_written_ = !negative_ && format_.fill_mode_ && !s;
    if (s_ == NumberFormat::SignPlace::before && format_.pre_ == format_.digits_before_sign_) {
      s_ = NumberFormat::SignPlace::behind;
    }
  }

  // What FM lets out behind the point: zeros at the end, but for those that the format has as 0.
  void find_last_relevant() {
    last_relevant_ = number_.find('.');
    if (last_relevant_ == none) return;
    for (std::size_t i = last_relevant_ + 1; i < number_.size(); ++i) {
      if (number_[i] != '0') last_relevant_ = i;
    }
    if (format_.zero_end_ <= spaces_) return;
    const std::size_t last_zero = std::min(number_.size() - 1, static_cast<std::size_t>(format_.zero_end_ - spaces_));
    last_relevant_ = std::max(last_relevant_, last_zero);
  }

  void print_key(std::string_view key) {
    if (key == "9" || key == "0" || key == "." || key == "D") return print_digit(key);
    if (key == "," || key == "G") {
      if (in_number_) text_ += ',';
      if (!in_number_ && !format_.fill_mode_) text_ += ' ';
    } else if (key == "L") {
      text_ += ' ';
    } else if (key == "MI" || key == "PL") {
      const bool shown = (key == "MI") == negative_;
      if (shown) text_ += negative_ ? '-' : '+';
      if (!shown && !format_.fill_mode_) text_ += ' ';
    } else if (key == "SG") {
      text_ += negative_ ? '-' : '+';
    } else if (key == "TH" || key == "th") {
      if (number_[0] == '#' || negative_ || format_.decimal_) return;
      for (const char c : ordinal_of(number_)) text_ += key == "TH" ? c : small(c);
    }
  }

  // '0.1' as '9.9' is ' .1'.
  bool is_blank_zero() const { return !format_.zero_ && at_ == 0 && number_[0] == '0' && format_.post_ != 0; }
  bool ends_at_point() const { return last_relevant_ != none && number_[last_relevant_] == '.'; }

  void print_sign() {
    const bool digit_next = current_ >= spaces_ || (format_.zero_ && zero_start_ == current_);
    if (sign_written_ || !digit_next || (is_blank_zero() && !ends_at_point())) return;
    if (s_ != NumberFormat::SignPlace::nowhere) {
      if (s_ == NumberFormat::SignPlace::behind) return;
      text_ += negative_ ? '-' : '+';
    } else if (bracket_) {
      text_ += negative_ ? '<' : ' ';
    } else if (negative_) {
      text_ += '-';
    } else if (!format_.fill_mode_) {
      text_ += ' ';
    }
    sign_written_ = true;
  }

  void print_digit(std::string_view key) {
    in_number_ = false;
    print_sign();
    if (current_ < spaces_ && (zero_start_ > current_ || !format_.zero_)) {
      if (!format_.fill_mode_) text_ += ' ';
    } else if (format_.zero_ && current_ < spaces_) {
      text_ += '0';
      in_number_ = true;
    } else {
      print_next(key);
      if (at_ < number_.size()) ++at_;
    }
    int end = count_ + (spaces_ != 0 ? 1 : 0) + (format_.decimal_ ? 1 : 0);
    if (last_relevant_ != none && last_relevant_ == at_) end = current_;
    if (current_ + 1 == end) print_end();
    ++current_;
  }

  void print_next(std::string_view key) {
    const char next = at_ < number_.size() ? number_[at_] : '\0';
    if (next == '.') {
      text_ += '.';
    } else if (last_relevant_ != none && at_ > last_relevant_ && key != "0") {
      return;
    } else if (is_blank_zero()) {
      if (!format_.fill_mode_) text_ += ' ';
      if (format_.fill_mode_ && ends_at_point()) text_ += '0';
    } else if (next != '\0') {
      text_ += next;
      in_number_ = true;
    }
  }

  void print_end() {
    if (sign_written_ && bracket_) {
      text_ += negative_ ? '>' : ' ';
    } else if (s_ == NumberFormat::SignPlace::behind) {
      text_ += negative_ ? '-' : '+';
    }
  }

  const NumberFormat& format_;
  bool negative_;
  std::string number_;
  NumberFormat::SignPlace s_;
  bool bracket_;
  int spaces_ = 0;      // places before the number's first digit
  int zero_start_ = 0;  // the place from which zeros are shown there
  int count_ = 0;
  int current_ = 0;     // the place that is next
  std::size_t at_ = 0;  // the digit that is next
  std::size_t last_relevant_ = none;
  bool sign_written_ = false;
  bool in_number_ = false;
  std::string text_;
};

std::string NumberFormat::print(const FormattedNumber& number) const { return NumberPrinter(*this, number).print(); }

}  // namespace laterbase::sql
