<?php
// Makes the shop's database, when the image is built.
$db = new PDO('sqlite:/var/www/data/shop.db');
$db->exec('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL)');
$db->exec('CREATE TABLE visits (id INTEGER PRIMARY KEY, at INTEGER, what TEXT)');
$db->exec('CREATE TABLE users (name TEXT PRIMARY KEY, hash TEXT)');
$words = ['tea', 'cup', 'kettle', 'spoon', 'tin', 'red', 'green'];
foreach (range(1, 300) as $i) {
    $db->exec("INSERT INTO items VALUES ($i, '{$words[$i % 7]} number $i', " . ($i * 1.25) . ')');
}
foreach (['ann', 'bob'] as $user) {
    $db->exec("INSERT INTO users VALUES ('$user', '" . hash('sha256', "$user-secret") . "')");
}
