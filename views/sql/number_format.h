#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace laterbase::sql {

// A number as text, for to_char(): `digits` are those that the format's places behind the point ask for.
struct FormattedNumber {
  bool negative = false;
  std::string digits;  // "12.50"
};

// The format of to_char(number, format), with PostgreSQL's meaning of 9 0 . D , G FM S MI PL SG PR L TH V; text in
// double quotes and whatever is no pattern stands for itself. Points and commas are those of the locale "C".
// Errors: SqlException 42601 for formats that contradict themselves, 0A000 for RN and EEEE.
class NumberFormat {
 public:
  explicit NumberFormat(std::string_view format);

  int places() const noexcept { return post_; }  // behind the point
  void limit_places(int most) noexcept { post_ = most; }
  int multiplied() const noexcept { return multi_; }  // V: by ten to this
  std::string print(const FormattedNumber& number) const;

 private:
  friend class NumberPrinter;
  struct Item {
    std::string_view key;  // empty: `text` stands for itself
    std::string text;
  };
  enum class SignPlace { nowhere, before, behind };

  void add(std::string_view key);
  void add_digit(bool zero);
  void add_sign(std::string_view key);

  std::vector<Item> items_;
  int pre_ = 0, post_ = 0, multi_ = 0;
  int zero_start_ = 0, zero_end_ = 0;
  int digits_before_sign_ = 0;
  SignPlace s_ = SignPlace::nowhere;
  bool zero_ = false, decimal_ = false, fill_mode_ = false, bracket_ = false, minus_ = false, plus_ = false,
       multiplies_ = false;
};

}  // namespace laterbase::sql
