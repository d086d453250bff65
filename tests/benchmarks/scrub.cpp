// Gigabits of answers a second of CPU through the scrubber, with the forms of 1, 10 and 100 secrets. The text is what
// servers say (JSON with and without white space, HTML, lines of text, base64, bytes of a pack), in pieces as TLS gives
// them.
#include "shield/egress/credential/scrub.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <format>
#include <random>
#include <string>
#include <vector>

#include "shield/egress/credential/echo_forms.hpp"

using namespace anchorhold::egress;
namespace echo = anchorhold::echo;

namespace {

constexpr std::size_t kPiece = 16UL * 1024;
constexpr std::size_t kText = 4UL * 1024 * 1024;
constexpr int kRounds = 15;
constexpr int kCounts[] = {1, 10, 100};

std::string token(std::mt19937& random, std::size_t size) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string made;
    for (std::size_t i = 0; i < size; ++i)
        made += letters[random() % letters.size()];
    return made;
}

std::string said(std::mt19937& random) {
    std::string text;
    for (int kind = 0; text.size() < kText; ++kind) {
        const std::size_t until = text.size() + kText / 24;
        while (text.size() < until) {
            const auto number = random() % 100'000;
            const std::string word = token(random, 3 + random() % 8);
            switch (kind % 6) {
                case 0:
                    text += std::format("{{\"id\":{},\"name\":\"{}\",\"url\":\"https://api.example.com/v1/{}\"}},",
                                        number, word, word);
                    break;
                case 1:
                    text += std::format("  {{\n    \"id\": {},\n    \"title\": \"{} \\\"quoted\\\" {}\"\n  }},\n",
                                        number, word, word);
                    break;
                case 2:
                    text += std::format("<li class=\"{}\"><a href=\"/{}?page={}&amp;x=1\">{}</a></li>\n", word, word,
                                        number, word);
                    break;
                case 3:
                    text += word + (random() % 12 == 0 ? "\n" : " ");
                    break;
                case 4:
                    text += token(random, 76) + "\n";
                    break;
                default:
                    text += static_cast<char>(random());
            }
        }
    }
    return text;
}

std::shared_ptr<const echo::Index> index_of(int secrets, std::mt19937& random) {
    auto index = std::make_shared<echo::Index>();
    for (int i = 0; i < secrets; ++i) {
        const std::string made = "ghp_" + token(random, 36);
        add_echo_forms(*index, Secret(made.begin(), made.end()), static_cast<std::uint32_t>(i));
    }
    index->seal();
    return index;
}

// Of this thread: others may be at work, too.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double gigabits_a_second(const std::shared_ptr<const echo::Index>& index, std::string text) {
    Scrubber scrubber(index);
    std::size_t passed = 0;
    const double start = cpu_seconds();
    for (std::size_t at = 0; at < text.size(); at += kPiece)
        passed += scrubber.pass(text.data() + at, std::min(kPiece, text.size() - at)).size();
    passed += scrubber.rest().size();
    const double taken = cpu_seconds() - start;
    if (passed != text.size() || !scrubber.hits().empty())
        std::exit(3);
    return 8 * static_cast<double>(passed) / taken / 1e9;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + kRounds / 2);
    return values[kRounds / 2];
}

}  // namespace

int main() {
    if (!prepare_secret_memory())
        return 2;
    std::mt19937 random(7);
    const std::string text = said(random);
    std::vector<std::shared_ptr<const echo::Index>> indices;
    for (const int count : kCounts)
        indices.push_back(index_of(count, random));
    std::vector<std::vector<double>> seen(indices.size());
    // In turns, so that a busy machine slows all.
    for (int round = 0; round < kRounds; ++round)
        for (std::size_t i = 0; i < indices.size(); ++i)
            seen[i].push_back(gigabits_a_second(indices[i], text));
    for (std::size_t i = 0; i < indices.size(); ++i)
        std::printf("%d secrets, %zu patterns\n", kCounts[i], indices[i]->patterns());
    std::printf("scrub gbps_1=%.2f gbps_10=%.2f gbps_100=%.2f\n", median(seen[0]), median(seen[1]), median(seen[2]));
    return 0;
}
