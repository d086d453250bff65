#include "shield/audit/note.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/audit/merkle.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;

TEST_CASE("roots are those of RFC 6962's reference implementation") {
    const std::string leaves[] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    const std::string roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                 "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                 "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    MerkleTree tree;
    CHECK(to_hex(tree.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (std::size_t i = 0; i < std::size(leaves); ++i) {
        tree.append(leaf_hash(as_text(*from_hex(leaves[i]))));
        CHECK(to_hex(tree.root()) == roots[i]);
        const auto again = MerkleTree::restore(tree.size(), tree.subtrees());
        REQUIRE(again);
        CHECK(again->root() == tree.root());
    }
    CHECK_FALSE(MerkleTree::restore(7, tree.subtrees()));
}

TEST_CASE("a note of another implementation opens (golang.org/x/mod/sumdb/note)") {
    const auto key = parse_verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    REQUIRE(key);
    CHECK(key->text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    const std::string text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const std::string note =
        text +
        "\n— PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    CHECK(open_note(note, *key) == text);
    CHECK_FALSE(open_note("x" + note, *key));
    CHECK_FALSE(parse_verifier_key("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

TEST_CASE("a key signs, another does not open it, a changed text neither") {
    const auto key = SigningKey::generate();
    const auto other = SigningKey::generate();
    REQUIRE(key);
    REQUIRE(other);
    const Checkpoint checkpoint{.origin = key->verifier().name, .size = 12, .root = sha256("x")};
    auto note = key->sign(checkpoint_text(checkpoint));
    REQUIRE(note);
    const auto opened = open_checkpoint(*note, key->verifier());
    REQUIRE(opened);
    CHECK(opened->size == 12);
    CHECK(opened->root == checkpoint.root);
    CHECK_FALSE(open_checkpoint(*note, other->verifier()));

    const auto again = SigningKey::from_pem(*key->pem());
    REQUIRE(again);
    CHECK(again->verifier().text() == key->verifier().text());
    CHECK(parse_verifier_key(key->verifier().text() + "\n")->id == key->verifier().id);

    // A co-signature by a key that is not known does no harm.
    CHECK(open_checkpoint(*note + "— else AAAAAAAA\n", key->verifier()));
    (*note)[note->find("12")] = '2';
    CHECK_FALSE(open_checkpoint(*note, key->verifier()));
    const auto stranger = key->sign(checkpoint_text({.origin = "another.log", .size = 12, .root = {}}));
    CHECK_FALSE(open_checkpoint(*stranger, key->verifier()));
}

TEST_CASE("checkpoints that are not are refused") {
    const std::string root(43, 'A');
    CHECK(parse_checkpoint("o\n0\n" + root + "=\n"));
    for (const auto& bad : {"", "o\n", "\n1\n", "o\n01\n", "o\n-1\n", "o\n1x\n", "o\n18446744073709551616\n"})
        CHECK_FALSE(parse_checkpoint(bad + root + "=\n"));
    CHECK_FALSE(parse_checkpoint("o\n1\nAAAA\n"));
    CHECK_FALSE(parse_checkpoint("o\n1\n" + root + "="));
}

TEST_CASE("notes are read from lines and as they are") {
    CHECK(read_notes("")->empty());
    CHECK(read_notes("\"a\\n\"\n\"b\"\n\"unfinish")->size() == 2);
    CHECK(read_notes("origin\n1\n")->front() == "origin\n1\n");
    CHECK_FALSE(read_notes("\"a\"\n7\n"));
}
