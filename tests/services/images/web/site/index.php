<?php
// The shop. Holes, on purpose: view (path traversal), reach (command injection), upload (keeps any name), login (no limit).
function db(): PDO {
    $db = new PDO('sqlite:/var/www/data/shop.db');
    $db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    $db->exec('PRAGMA busy_timeout = 3000');
    return $db;
}

function remember(string $what): void {
    db()->prepare('INSERT INTO visits (at, what) VALUES (?, ?)')->execute([time(), $what]);
}

function show_items(string $word): void {
    $found = db()->prepare('SELECT * FROM items WHERE name LIKE ? ORDER BY price LIMIT 50');
    $found->execute(["%$word%"]);
    foreach ($found as $item) echo "<li>{$item['name']} {$item['price']}</li>\n";
}

switch ($_GET['do'] ?? 'list') {
    case 'list':
        show_items('');
        break;
    case 'search':
        remember('search');
        show_items($_GET['q'] ?? '');
        break;
    case 'view':
        if (@readfile('/var/www/pages/' . ($_GET['page'] ?? 'about.txt')) === false) http_response_code(404);
        break;
    case 'reach':
        echo shell_exec('getent hosts ' . $_GET['host']) ?? 'unknown';
        break;
    case 'rates':
        echo file_get_contents('http://' . getenv('BACKEND') . '/rates');
        break;
    case 'upload':
        $file = $_FILES['picture'];
        move_uploaded_file($file['tmp_name'], '/var/www/html/uploads/' . basename($file['name']));
        echo 'kept';
        break;
    case 'login':
        $found = db()->prepare('SELECT hash FROM users WHERE name = ?');
        $found->execute([$_POST['name'] ?? '']);
        if ($found->fetchColumn() === hash('sha256', $_POST['password'] ?? '')) {
            session_start();
            $_SESSION['name'] = $_POST['name'];
            echo 'welcome';
        } else {
            http_response_code(403);
        }
        break;
    default:
        http_response_code(404);
}
