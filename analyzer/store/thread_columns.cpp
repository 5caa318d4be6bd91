#include "analyzer/store/thread_columns.h"

#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "analyzer/store/profile_fields.h"

namespace da {
namespace {

using profile_fields::Malformed;

constexpr std::size_t kFootprintBytes = sizeof(Footprint);
constexpr std::size_t kHeadBytes = kFootprintBytes / 8;
constexpr std::size_t kSampleItem = 12;

template <typename Number>
void append_number(std::string& bytes, Number number) {
  for (unsigned shift = 0; shift < 8 * sizeof number; shift += 8)
    bytes.push_back(static_cast<char>((number >> shift) & 0xffU));
}

template <typename Number>
Number take_number(std::string_view& bytes, const char* what) {
  if (bytes.size() < sizeof(Number)) throw Malformed(what);
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(Number{static_cast<std::uint8_t>(bytes[i])} << (8 * i));
  bytes.remove_prefix(sizeof number);
  return number;
}

std::array<std::uint8_t, kFootprintBytes> bytes_of(const Footprint& footprint) {
  std::array<std::uint8_t, kFootprintBytes> bytes{};
  std::size_t at = 0;
  const auto add = [&](std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes.at(at++) = static_cast<std::uint8_t>(word >> shift);
  };
  for (const std::uint64_t word : footprint.calls)
    add(word);
  for (const std::uint64_t word : footprint.pairs)
    add(word);
  return bytes;
}

std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// NaN and infinity are no measures.
double finite(std::uint64_t bits) {
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) throw Malformed("fitted");
  return value;
}

}  // namespace

void append_footprint(std::string& bytes, const Footprint& footprint) {
  const auto all = bytes_of(footprint);
  for (std::size_t head = 0; head < kHeadBytes; ++head) {
    unsigned present = 0;
    for (unsigned bit = 0; bit < 8; ++bit)
      present |= (all.at(8 * head + bit) != 0 ? 1U : 0U) << bit;
    bytes.push_back(static_cast<char>(present));
  }
  for (const std::uint8_t byte : all) {
    if (byte != 0) bytes.push_back(static_cast<char>(byte));
  }
}

Footprint take_footprint(std::string_view& bytes) {
  if (bytes.size() < kHeadBytes) throw Malformed("footprint");
  const std::string_view head = bytes.substr(0, kHeadBytes);
  bytes.remove_prefix(kHeadBytes);
  Footprint footprint;
  for (std::size_t at = 0; at < kFootprintBytes; ++at) {
    const auto present = static_cast<std::uint8_t>(head[at / 8]);
    if ((present >> (at % 8) & 1U) == 0) continue;
    const auto byte = take_number<std::uint8_t>(bytes, "footprint");
    if (byte == 0) throw Malformed("footprint");
    const std::size_t word = at / 8;
    std::uint64_t& into = word < Footprint::kCallWords ? footprint.calls.at(word)
                                                       : footprint.pairs.at(word - Footprint::kCallWords);
    into |= std::uint64_t{byte} << (8 * (at % 8));
  }
  return footprint;
}

std::string encode_footprints(const FootprintSet& footprints) {
  std::map<Footprint, std::uint32_t> sorted;
  footprints.for_each(
      [&](const Footprint& footprint, std::uint32_t threads) { sorted.emplace(footprint, threads); });
  std::string bytes;
  for (const auto& [footprint, threads] : sorted) {
    append_footprint(bytes, footprint);
    append_number(bytes, threads);
  }
  return bytes;
}

void decode_footprints(std::string_view bytes, std::size_t most, FootprintSet& footprints) {
  Footprint before;
  while (!bytes.empty()) {
    const Footprint footprint = take_footprint(bytes);
    const auto threads = take_number<std::uint32_t>(bytes, "footprints");
    if (threads == 0 || footprints.size() >= most || (footprints.size() > 0 && footprint <= before))
      throw Malformed("footprints");
    footprints.add(footprint, threads);
    before = footprint;
  }
}

std::string encode_footprints(const std::set<Footprint>& footprints) {
  std::string bytes;
  for (const Footprint& footprint : footprints)
    append_footprint(bytes, footprint);
  return bytes;
}

std::set<Footprint> decode_footprints(std::string_view bytes, std::size_t most) {
  std::set<Footprint> footprints;
  while (!bytes.empty()) {
    const Footprint footprint = take_footprint(bytes);
    if (footprints.size() >= most || (!footprints.empty() && footprint <= *footprints.rbegin()))
      throw Malformed("footprints");
    footprints.insert(footprints.end(), footprint);
  }
  return footprints;
}

std::string encode_sample(const HeldOutSample& sample) {
  std::string bytes;
  append_number(bytes, sample.observations());
  sample.for_each([&](HeldOutSample::Rounded rounded, std::uint32_t count) {
    append_number(bytes, rounded);
    append_number(bytes, count);
  });
  return bytes;
}

void decode_sample(std::string_view bytes, HeldOutSample& sample) {
  const auto observations = take_number<std::uint64_t>(bytes, "sample");
  if (bytes.size() % kSampleItem != 0 || bytes.size() > kSampleItem * HeldOutSample::kCapacity)
    throw Malformed("sample");
  std::uint64_t kept = 0;
  while (!bytes.empty()) {
    const auto rounded = take_number<std::uint64_t>(bytes, "sample");
    const auto count = take_number<std::uint32_t>(bytes, "sample");
    const std::size_t known = sample.size();
    sample.restore(observations, rounded, count);
    if (sample.size() == known) throw Malformed("sample");
    kept += count;
  }
  if (kept > observations) throw Malformed("sample");
  sample.restore(observations, 0, 0);
}

std::vector<std::uint64_t> numbers_of(const Fitted& fitted) {
  const FeatureScale::Saved scale = fitted.scale.save();
  std::vector<std::uint64_t> numbers = {bits_of(fitted.threshold), fitted.certified ? 1U : 0U,
                                        fitted.observations, fitted.missing, scale.threads};
  for (const double mean : scale.mean.values)
    numbers.push_back(bits_of(mean));
  for (const double squares : scale.squares.values)
    numbers.push_back(bits_of(squares));
  return numbers;
}

Fitted fitted_from(const std::vector<std::uint64_t>& numbers) {
  if (numbers.size() != kFittedNumbers || numbers[1] > 1) throw Malformed("fitted");
  Fitted fitted;
  fitted.threshold = finite(numbers[0]);
  fitted.certified = numbers[1] == 1;
  fitted.observations = numbers[2];
  fitted.missing = numbers[3];
  FeatureScale::Saved scale;
  scale.threads = numbers[4];
  for (std::size_t i = 0; i < kFeatures; ++i) {
    scale.mean.values[i] = finite(numbers[5 + i]);
    scale.squares.values[i] = finite(numbers[5 + kFeatures + i]);
    if (scale.squares.values[i] < 0.0) throw Malformed("fitted");
  }
  fitted.scale.restore(scale);
  return fitted;
}

}  // namespace da
